//! Times in signed files: whole seconds, UTC, `YYYY-MM-DDThh:mm:ssZ`. No clock is read here.

use jiff::{SignedDuration, Timestamp};

use crate::error::ReleaseError;

/// How far another machine's clock may run ahead.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_hours(24);

/// `from` plus days, on a whole second.
pub(crate) fn after_days(from: Timestamp, days: u32) -> Timestamp {
    let span = SignedDuration::from_hours(24 * i64::from(days));
    whole_second(from.checked_add(span).unwrap_or(Timestamp::MAX))
}

/// Without the fraction of a second.
pub(crate) fn whole_second(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).expect("a timestamp's own second is in range")
}

/// Refuses a file from the future and one past its date.
pub(crate) fn check_dates(
    file: &str,
    created: Timestamp,
    expires: Timestamp,
    now: Timestamp,
) -> Result<(), ReleaseError> {
    let file = || file.to_owned();
    if now.checked_add(CLOCK_SKEW).is_ok_and(|latest| created > latest) {
        return Err(ReleaseError::Clock { file: file(), created, now });
    }
    if now >= expires {
        return Err(ReleaseError::Expired { file: file(), expired: expires });
    }
    Ok(())
}
