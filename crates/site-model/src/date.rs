//! Dates of content: a day, or a moment with or without its offset from UTC.

use jiff::Timestamp;
use jiff::civil;

/// A date as the author wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentDate {
    /// As written, with `T` between day and time; what templates see.
    pub text: String,
    /// The day, in the author's own offset.
    pub day: civil::Date,
    /// Seconds since 1970 in UTC; a day alone counts from its midnight.
    pub seconds: i64,
}

impl ContentDate {
    /// Reads `YYYY-MM-DD`, RFC 3339, and what TOML allows beside it.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let is_dashed =
            text.as_bytes().get(4) == Some(&b'-') && text.as_bytes().get(7) == Some(&b'-');
        if !is_dashed {
            return None;
        }
        let (day, seconds) = if let Ok(day) = text.parse::<civil::Date>()
            && text.len() == 10
        {
            (day, seconds_of(day.to_datetime(civil::Time::midnight())))
        } else if let Ok(moment) = text.parse::<Timestamp>() {
            (text.get(..10)?.parse().ok()?, moment.as_second())
        } else {
            let local = text.parse::<civil::DateTime>().ok()?;
            (local.date(), seconds_of(local))
        };
        Some(Self { text: with_capital_t(text), day, seconds })
    }

    /// A day.
    pub fn from_day(day: civil::Date) -> Self {
        let seconds = seconds_of(day.to_datetime(civil::Time::midnight()));
        Self { text: day.to_string(), day, seconds }
    }

    /// As RFC 3339 with offset, as feeds want it; without one, UTC is meant.
    pub fn to_rfc3339(&self) -> String {
        if self.text.parse::<Timestamp>().is_ok() {
            return self.text.clone();
        }
        Timestamp::from_second(self.seconds).map_or_else(|_| self.text.clone(), |at| at.to_string())
    }
}

fn with_capital_t(text: &str) -> String {
    match text.split_at_checked(10) {
        Some((day, time)) if time.starts_with([' ', 't']) => format!("{day}T{}", &time[1..]),
        _ => text.to_owned(),
    }
}

fn seconds_of(local: civil::DateTime) -> i64 {
    local.to_zoned(jiff::tz::TimeZone::UTC).map_or(0, |zoned| zoned.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_the_forms_that_front_matter_allows() {
        let table = [
            ("2020-01-02", Some((1_577_923_200, "2020-01-02T00:00:00Z"))),
            ("2020-01-02T03:04:05Z", Some((1_577_934_245, "2020-01-02T03:04:05Z"))),
            ("2020-01-02T03:04:05+08:00", Some((1_577_905_445, "2020-01-02T03:04:05+08:00"))),
            ("2020-01-02 03:04:05", Some((1_577_934_245, "2020-01-02T03:04:05Z"))),
            ("2020-13-02", None),
            ("2020-02-30", None),
            ("20200102", None),
            ("yesterday", None),
        ];
        for (text, expected) in table {
            let found = ContentDate::parse(text);
            let found = found.map(|date| (date.seconds, date.to_rfc3339()));
            assert_eq!(found, expected.map(|(at, rfc)| (at, rfc.to_owned())), "{text}");
        }
    }
}
