//! Facts over history.

use crate::support::{World, instant, set_of};
use serde_json::json;

#[test]
fn the_third_conversion_within_thirty_days_counts_itself() {
    let set = set_of(&json!({"name": "Third", "event": "referral.converted",
        "conditions": [{"count": "referral.converted", "by": "referrer_id", "window": "P30D", "operator": ">=", "value": 3}],
        "actions": [{"type": "credit", "user": "referrer_id", "points": 100}]}));
    let event = json!({"type": "referral.converted", "referrer_id": "alice"});
    let mut world = World::default();
    for (at, holds) in [
        ("2026-01-01T12:00:00Z", false),
        ("2026-01-30T12:00:00Z", false),
        ("2026-01-30T13:00:00Z", true),
        ("2026-01-31T12:00:00Z", true),
        ("2026-03-31T12:00:00Z", false),
    ] {
        world.at = instant(at);
        assert_eq!(world.conclude(&set, &event).holds, holds, "{at}");
        world.record(&set, &event);
    }
}
