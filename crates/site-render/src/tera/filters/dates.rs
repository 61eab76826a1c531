//! The filter `date`: strftime as chrono reads it, with time zones and languages.

use std::fmt::Write as _;

use chrono::format::{Item, StrftimeItems};
use chrono::{DateTime, FixedOffset, Locale, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;
use minijinja::value::Value;

use super::{Own, wants};
use crate::tera::data::{Kind, Number, kind};
use crate::tera::fault::Fault;
use crate::tera::given::Given;

pub(super) const FILTERS: &[(&str, Own)] = &[("date", date)];

fn date(value: &Value, given: &Given<'_>) -> Result<Value, Fault> {
    let format = given.text("format")?.unwrap_or_else(|| "%Y-%m-%d".to_owned());
    if StrftimeItems::new(&format).any(|item| matches!(item, Item::Error)) {
        return Err(Fault::new(format!("`{format}` is no format of a date"))
            .with_help(Some("see strftime: `%Y-%m-%d`, `%B %-d, %Y`".to_owned())));
    }
    let zone = match given.text("timezone")? {
        Some(name) => {
            let zone = name.parse::<Tz>();
            Some(zone.map_err(|_| Fault::new(format!("`{name}` is no time zone")))?)
        }
        None => None,
    };
    let locale = match given.text("locale")? {
        Some(name) => Locale::try_from(name.as_str())
            .map_err(|_| Fault::new(format!("`{name}` is no locale, such as `fr_FR`")))?,
        None => Locale::POSIX,
    };
    let shown = match kind(value) {
        Kind::Number(Number::Int(seconds)) => of_seconds(seconds, &format, zone, locale)?,
        Kind::Text(text) => of_text(text, &format, zone, locale)?,
        _ => return Err(wants(given, "a string or whole seconds", value)),
    };
    Ok(Value::from(shown))
}

/// Seconds since 1970; without a time zone they have none at all.
fn of_seconds(
    seconds: i64,
    format: &str,
    zone: Option<Tz>,
    locale: Locale,
) -> Result<String, Fault> {
    let at = DateTime::from_timestamp(seconds, 0)
        .ok_or_else(|| Fault::new(format!("{seconds} seconds lie outside of the calendar")))?
        .naive_utc();
    match zone {
        Some(zone) => shown(zone.from_utc_datetime(&at).format_localized(format, locale)),
        None => shown(at.format(format)),
    }
}

fn of_text(text: &str, format: &str, zone: Option<Tz>, locale: Locale) -> Result<String, Fault> {
    if !text.contains('T') {
        let day = NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .map_err(|_| Fault::new(format!("`{text}` is no date like 2026-11-22")))?;
        let at = Utc.from_utc_datetime(&day.and_time(NaiveTime::MIN));
        return shown(at.format_localized(format, locale));
    }
    if let Ok(at) = text.parse::<DateTime<FixedOffset>>() {
        return match zone {
            Some(zone) => shown(at.with_timezone(&zone).format_localized(format, locale)),
            None => shown(at.format_localized(format, locale)),
        };
    }
    let at = text
        .parse::<NaiveDateTime>()
        .map_err(|_| Fault::new(format!("`{text}` is no date and time of RFC 3339")))?;
    shown(Utc.from_utc_datetime(&at).format_localized(format, locale))
}

/// A form may ask for what a date has not, such as the zone of one without.
fn shown(date: impl std::fmt::Display) -> Result<String, Fault> {
    let mut out = String::new();
    write!(out, "{date}")
        .map_err(|_| Fault::new("the date has not all that its format asks for"))?;
    Ok(out)
}
