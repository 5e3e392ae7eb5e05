//! Names of people who do not exist.

pub(super) const FIRST: [&str; 64] = [
    "Rudo", "Tendai", "Farai", "Nyasha", "Tatenda", "Chipo", "Kudzai", "Simba", "Ama", "Kofi", "Abena",
    "Kwame", "Ngozi", "Chidi", "Amara", "Emeka", "Zanele", "Thabo", "Lerato", "Sipho", "Wanjiru", "Otieno",
    "Achieng", "Kamau", "Amina", "Yusuf", "Leila", "Omar", "Priya", "Arjun", "Meera", "Rahul", "Mei", "Hiro",
    "Yuki", "Jun", "Sofia", "Mateo", "Lucia", "Diego", "Elena", "Marco", "Giulia", "Luca", "Anna", "Lukas",
    "Greta", "Felix", "Emma", "Oliver", "Freya", "Callum", "Nia", "Rhys", "Aoife", "Cian", "Hannah",
    "Samuel", "Grace", "Daniel", "Ruth", "Isaac", "Naomi", "Joel",
];

pub(super) const LAST: [&str; 60] = [
    "Moyo", "Ncube", "Dube", "Sibanda", "Chikore", "Mutasa", "Gumbo", "Banda", "Mensah", "Owusu", "Boateng",
    "Asante", "Okafor", "Eze", "Adeyemi", "Balogun", "Dlamini", "Nkosi", "Khumalo", "Naidoo", "Mwangi",
    "Odhiambo", "Njoroge", "Wekesa", "Hassan", "Farah", "Haddad", "Nasser", "Sharma", "Patel", "Iyer",
    "Kapoor", "Chen", "Tanaka", "Sato", "Park", "Garcia", "Rojas", "Silva", "Costa", "Rossi", "Bianchi",
    "Weber", "Fischer", "Novak", "Horvat", "Larsen", "Berg", "Murphy", "Byrne", "Fraser", "Campbell",
    "Evans", "Davies", "Clarke", "Turner", "Bennett", "Hughes", "Foster", "Reid",
];
