//! What people say when they give, and what they spend it on.

/// A kind of achievement: its category, what an award for it is worth, and what people say.
pub(super) struct Praise {
    pub(super) category: &'static str,
    pub(super) least: i64,
    pub(super) most: i64,
    pub(super) reasons: &'static [&'static str],
}

/// Steps in which points are given.
pub(super) const STEP: i64 = 5;

pub(super) const PRAISE: [Praise; 7] = [
    Praise {
        category: "teamwork",
        least: 20,
        most: 80,
        reasons: &[
            "Stayed late with the new starters until everyone could log in",
            "Took my shift when my son was ill, without being asked",
            "Wrote the handover that let us all go on holiday",
            "Kept two teams talking through a difficult week",
            "Shared the credit for the launch when it was mostly theirs",
            "Made the planning meeting half as long and twice as useful",
        ],
    },
    Praise {
        category: "customer-care",
        least: 30,
        most: 120,
        reasons: &[
            "Stayed on the phone until the customer's refund had arrived",
            "Turned our angriest caller into a reference",
            "Noticed the wrong address before the parcel left",
            "Drove the missing part to the customer on the way home",
            "Answered every open ticket before the long weekend",
            "Found out why the same customer kept writing, and fixed it for all",
        ],
    },
    Praise {
        category: "innovation",
        least: 60,
        most: 250,
        reasons: &[
            "Halved the month-end close with one good query",
            "Built the dashboard that we now open every morning",
            "Suggested the second checkout, which paid for itself in a week",
            "Replaced a day of copying with a script of forty lines",
            "Found a supplier that costs less and delivers faster",
        ],
    },
    Praise {
        category: "craft",
        least: 25,
        most: 100,
        reasons: &[
            "The clearest report I have read this year",
            "Three months without one rejected batch",
            "Reviewed every change kindly and missed nothing",
            "Left the stockroom better than it has ever been",
            "A presentation that the board asked to see again",
        ],
    },
    Praise {
        category: "safety",
        least: 40,
        most: 120,
        reasons: &[
            "Stopped the line when the guard was loose",
            "Reported the near miss that others had stepped over",
            "Ran the fire drill, and then ran it again properly",
            "Saw through the invoice fraud before anything was paid",
        ],
    },
    Praise {
        category: "learning",
        least: 20,
        most: 90,
        reasons: &[
            "Passed the certification at the first attempt",
            "Taught the Friday session on spreadsheets, again",
            "Mentored two apprentices to the end of their first year",
            "Learned enough Portuguese to help the Maputo office",
        ],
    },
    Praise {
        category: "milestone",
        least: 150,
        most: 300,
        reasons: &[
            "Five years with us, and still the first to help",
            "A hundred deliveries without a complaint",
            "Closed the largest contract of the quarter",
            "Brought the migration home without an hour of downtime",
        ],
    },
];

/// What points buy at once.
pub(super) const REWARDS: [(&str, i64); 6] = [
    ("Coffee voucher", 60),
    ("Cinema ticket", 110),
    ("Lunch for two", 180),
    ("Book of your choice", 140),
    ("Ten trees planted", 90),
    ("Half a day off", 400),
];

/// What is ordered, reserved, and paid for when it is delivered.
pub(super) const ORDERS: [(&str, i64); 5] = [
    ("Headphones", 320),
    ("Rucksack", 260),
    ("Espresso machine", 450),
    ("Desk lamp", 150),
    ("Running shoes", 380),
];

/// Why an award is taken back.
pub(super) const MISTAKES: [&str; 4] = [
    "Awarded to the wrong person of the same name",
    "Entered twice",
    "Meant for the whole team, will be split",
    "The amount had a digit too many",
];
