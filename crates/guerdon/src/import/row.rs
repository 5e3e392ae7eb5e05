//! A row of the file, read.

use super::columns::{Column, Columns};
use super::name::ImportName;
use csv::ByteRecord;
use guerdon_ledger::chain::Hash;
use guerdon_ledger::{Amount, AssetCode, MemberId, Name};
use guerdon_programs::members::{CreateMember, ImportMember};
use guerdon_store::journal::Idempotency;
use guerdon_store::{PersonalText, Role};

/// Characters of a name or an address at most.
const MAX_TEXT: usize = 200;

/// A row that can be asked of the journal.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) command: ImportMember,
    pub(super) idempotency: Idempotency,
}

/// Reads a row.
///
/// # Errors
/// The reason why it cannot be imported, for whoever corrects it.
pub(super) fn read(columns: &Columns, row: &ByteRecord, import: &ImportName) -> Result<Ready, String> {
    if row.len() != columns.width() {
        return Err(format!("the row has {} fields, the heading has {}", row.len(), columns.width()));
    }
    let field = |column| columns.field(row, column);
    let id = field(Column::MemberId)?.ok_or("member_id is empty")?;
    let id = MemberId::new(id).map_err(|error| format!("member_id: {error}"))?;
    let name_of = |column, what: &str| -> Result<Option<Name>, String> {
        field(column)?.map(|text| Name::new(text).map_err(|error| format!("{what}: {error}"))).transpose()
    };
    let text_of = |column, what: &str| -> Result<Option<String>, String> {
        field(column)?.map(|text| checked_text(text, what)).transpose()
    };
    let member = CreateMember {
        id,
        personal: PersonalText {
            name: text_of(Column::Name, "name")?,
            email: text_of(Column::Email, "email")?,
        },
        role: field(Column::Role)?.map_or(Ok(Role::Member), role)?,
        team: name_of(Column::Team, "team")?,
        department: name_of(Column::Department, "department")?,
    };
    let opening = opening(field(Column::Asset)?, field(Column::OpeningBalance)?)?;
    let idempotency = Idempotency {
        key: import.key(member.id.as_str()).into(),
        fingerprint: fingerprint(&member, &opening).into(),
    };
    Ok(Ready { command: ImportMember { member, opening, import: import.to_string() }, idempotency })
}

fn checked_text(text: &str, what: &str) -> Result<String, String> {
    let length = text.chars().count();
    if length > MAX_TEXT {
        return Err(format!("{what} has {length} characters, {MAX_TEXT} are the most"));
    }
    match text.chars().any(char::is_control) {
        true => Err(format!("{what} holds a control character")),
        false => Ok(text.to_owned()),
    }
}

fn role(text: &str) -> Result<Role, String> {
    let roles = [Role::Admin, Role::Manager, Role::Lead, Role::Member, Role::Auditor];
    let found = roles.into_iter().find(|role| role.name().eq_ignore_ascii_case(text));
    found.ok_or_else(|| format!("role is {text:?}; a member is admin, manager, lead, member or auditor"))
}

fn opening(asset: Option<&str>, balance: Option<&str>) -> Result<Option<(AssetCode, Amount)>, String> {
    let asset =
        asset.map_or_else(|| Ok(AssetCode::points()), AssetCode::new).map_err(|e| format!("asset: {e}"))?;
    let Some(balance) = balance.filter(|balance| *balance != "0") else { return Ok(None) };
    let units: i64 = balance.parse().map_err(|_| {
        format!("opening_balance is {balance:?}; it is a whole number of minor units: 1250 is 12.50 USD")
    })?;
    match Amount::new(units) {
        Ok(amount) => Ok(Some((asset, amount))),
        Err(error) => Err(format!("opening_balance: {error}")),
    }
}

/// What the row says, hashed: the same row again is the same, another one for the same member is a conflict.
fn fingerprint(member: &CreateMember, opening: &Option<(AssetCode, Amount)>) -> String {
    let text = |text: Option<&str>| text.unwrap_or("\0").to_owned();
    let (asset, amount) = opening
        .as_ref()
        .map_or((String::new(), 0), |(asset, amount)| (asset.to_string(), amount.minor_units()));
    let fields = [
        member.id.to_string(),
        text(member.personal.name.as_deref()),
        text(member.personal.email.as_deref()),
        member.role.name().to_owned(),
        text(member.team.as_ref().map(Name::as_str)),
        text(member.department.as_ref().map(Name::as_str)),
        asset,
        amount.to_string(),
    ];
    Hash::GENESIS.next(fields.iter().map(String::as_bytes)).to_hex()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADING: &str = "member_id,name,email,role,team,department,asset,opening_balance";

    fn row(text: &str) -> Result<Ready, String> {
        let fields = |text: &str| ByteRecord::from(text.split(',').collect::<Vec<_>>());
        let columns = Columns::of(&fields(HEADING)).expect("heading");
        read(&columns, &fields(text), &"members".parse().expect("name"))
    }

    #[test]
    fn a_row_says_who_and_with_what() {
        let ready = row("rudo,Rudo Moyo,rudo@x.example,Lead,payments,engineering,PTS,1500").expect("good");
        assert_eq!(&*ready.idempotency.key, "import:members:rudo");
        let ImportMember { member, opening, .. } = ready.command;
        assert_eq!((member.id.as_str(), member.role), ("rudo", Role::Lead));
        assert_eq!(member.personal.name.as_deref(), Some("Rudo Moyo"));
        assert_eq!(
            opening.map(|(asset, amount)| (asset.to_string(), amount.minor_units())),
            Some(("PTS".to_owned(), 1500))
        );
    }

    #[test]
    fn what_is_empty_has_its_usual_value() {
        let ready = row("rudo,,,,,,,").expect("good");
        assert_eq!(ready.command.member.role, Role::Member);
        assert!(ready.command.opening.is_none());
        assert!(row("rudo,,,,,,USD,0").expect("good").command.opening.is_none());
    }

    #[test]
    fn a_bad_row_says_what_is_wrong() {
        for (text, told) in [
            (",Nobody,,,,,,", "member_id is empty"),
            ("a b,,,,,,,", "member_id: a member id may hold only"),
            ("rudo,,,boss,,,,", "role is \"boss\""),
            ("rudo,,,platform_admin,,,,", "role is \"platform_admin\""),
            ("rudo,,,,my team,,,", "team: a name may hold only"),
            ("rudo,,,,,,pts,5", "asset: an asset code is"),
            ("rudo,,,,,,,12.50", "a whole number of minor units"),
            ("rudo,,,,,,,-5", "opening_balance: an amount must be"),
            ("rudo,,,,,,,9007199254740992", "opening_balance: an amount must be"),
            ("rudo,Rudo", "2 fields, the heading has 8"),
        ] {
            let reason = row(text).expect_err(text);
            assert!(reason.contains(told), "{text}: {reason}");
        }
    }

    #[test]
    fn the_same_row_is_the_same_however_it_is_spaced() {
        let hash = |text| row(text).expect("good").idempotency.fingerprint;
        assert_eq!(hash("rudo,Rudo,,,,,PTS,5"), hash(" rudo , Rudo,,member,,,, 5"));
        assert_ne!(hash("rudo,Rudo,,,,,PTS,5"), hash("rudo,Rudo,,,,,PTS,6"));
        assert_ne!(hash("rudo,x,,,,,,"), hash("rudo,,x,,,,,"));
    }
}
