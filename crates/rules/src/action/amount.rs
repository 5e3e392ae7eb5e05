//! How much an action moves.

use crate::evaluate::View;
use crate::expression::Expression;
use crate::fields::Fields;
use crate::flaw::{FlawCode, Flaws};
use guerdon_ledger::{Amount, AssetCode, MAX_MINOR_UNITS};
use serde_json::{Map, Value};

/// An amount, and of what.
#[derive(Debug, Clone)]
pub(crate) struct Worth {
    pub(crate) units: Units,
    pub(crate) of: Denomination,
}

/// Of what an amount is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Denomination {
    /// `amount_cents`, or `amount` without an asset: the tenant's reward currency.
    Reward { cents: bool },
    /// `points`: the asset PTS.
    Points,
    /// `amount` with an asset.
    Asset(AssetCode),
}

/// How many minor units.
#[derive(Debug, Clone)]
pub(crate) enum Units {
    /// Always the same.
    Fixed(Amount),
    /// What an expression comes to, held within two amounts.
    Computed { expression: Expression, least: Option<Amount>, most: Option<Amount> },
}

const NAMES: [&str; 3] = ["amount", "amount_cents", "points"];

impl Worth {
    pub(crate) fn read(fields: &mut Fields<'_>, flaws: &mut Flaws) -> Option<Self> {
        let given: Vec<&'static str> = NAMES.into_iter().filter(|name| fields.has(name)).collect();
        let values = NAMES.map(|name| fields.raw(name));
        let place = fields.place();
        let asset = fields.parsed("asset", "the code of an asset such as USD", asset, flaws);
        let [name] = given[..] else {
            let (code, at) = match given.get(1) {
                None => (FlawCode::MissingField, "amount"),
                Some(second) => (FlawCode::InvalidValue, *second),
            };
            flaws.add(&place.key(at), code, "write exactly one of amount, amount_cents and points");
            return None;
        };
        let value = values.into_iter().flatten().next()?;
        let units = Units::read(value, &place.key(name), flaws);
        let of = match (name, asset) {
            ("amount", Some(code)) => Denomination::Asset(code),
            (_, Some(_)) => {
                let detail = format!("{name} says already of what it is; write amount with asset");
                flaws.invalid(&place.key("asset"), detail);
                return None;
            }
            ("points", None) => Denomination::Points,
            (name, None) => Denomination::Reward { cents: name == "amount_cents" },
        };
        Some(Self { units: units?, of })
    }

    /// Whether it is an amount of points.
    pub(crate) fn is_points(&self) -> bool {
        self.of == Denomination::Points || self.asset() == Some(&AssetCode::points())
    }

    /// The field that it is written in.
    pub(crate) fn field(&self) -> &'static str {
        match self.of {
            Denomination::Reward { cents: true } => "amount_cents",
            Denomination::Points => "points",
            _ => "amount",
        }
    }

    /// The asset as it is written.
    pub(crate) fn asset(&self) -> Option<&AssetCode> {
        match &self.of {
            Denomination::Asset(code) => Some(code),
            _ => None,
        }
    }
}

fn asset(text: &str) -> Result<AssetCode, String> {
    AssetCode::new(text).map_err(|invalid| invalid.0)
}

impl Units {
    fn read(value: &Value, place: &crate::flaw::Place<'_>, flaws: &mut Flaws) -> Option<Self> {
        let whole = |value: &Value, place: &crate::flaw::Place<'_>, flaws: &mut Flaws| {
            crate::fields::whole(value, place, 1, MAX_MINOR_UNITS, flaws)
                .and_then(|units| Amount::new(units).ok())
        };
        if !value.is_object() {
            if !value.is_number() {
                flaws.wrong_type(place, "a whole number of minor units, or {\"expr\": …}", value);
                return None;
            }
            return whole(value, place, flaws).map(Self::Fixed);
        }
        let mut fields = Fields::of(value, place, "an amount", flaws)?;
        let source = fields.required("expr", "an expression such as purchase.total / 20", flaws);
        let expression = source.and_then(|source| Expression::read(source, &place.key("expr"), flaws));
        let least = fields.optional("min").map(|value| whole(value, &place.key("min"), flaws));
        let most = fields.optional("max").map(|value| whole(value, &place.key("max"), flaws));
        fields.finish(flaws);
        let (least, most) = (least.flatten(), most.flatten());
        if let (Some(least), Some(most)) = (least, most)
            && least > most
        {
            flaws.invalid(&place.key("min"), format!("min {least} is above max {most}"));
            return None;
        }
        Some(Self::Computed { expression: expression?, least, most })
    }

    /// The number of minor units for what is known: none where it is zero or less.
    pub(crate) fn of(&self, view: &View<'_>) -> Result<Option<Amount>, String> {
        let (expression, least, most) = match self {
            Self::Fixed(amount) => return Ok(Some(*amount)),
            Self::Computed { expression, least, most } => (expression, least, most),
        };
        let units = expression.evaluate(view)?;
        let units = least.map_or(units, |least| units.max(least.minor_units().into()));
        let units = most.map_or(units, |most| units.min(most.minor_units().into()));
        if units <= 0 {
            return Ok(None);
        }
        let amount = i64::try_from(units).ok().and_then(|units| Amount::new(units).ok());
        let too_much = || format!("{:?} comes to more than {MAX_MINOR_UNITS}", expression.source());
        amount.map(Some).ok_or_else(too_much)
    }

    pub(crate) fn to_json(&self) -> Value {
        match self {
            Self::Fixed(amount) => amount.minor_units().into(),
            Self::Computed { expression, least, most } => {
                let mut document = Map::new();
                document.insert("expr".to_owned(), expression.source().into());
                let bounds = [("min", least), ("max", most)];
                for (name, bound) in bounds.into_iter().filter_map(|(name, bound)| Some((name, (*bound)?))) {
                    document.insert(name.to_owned(), bound.minor_units().into());
                }
                document.into()
            }
        }
    }
}
