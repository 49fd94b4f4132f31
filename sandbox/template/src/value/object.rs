//! Values with methods, made by functions: a version, a weekday, a duration.

use jiff::Zoned;
use jiff::civil::date;
use jiff::tz::TimeZone;

use super::{Kind, Value};

/// A value that brings its own methods.
pub trait Object: Send + Sync {
    /// The name of the type as Go writes it: `*semver.Version`, `time.Month`.
    fn type_name(&self) -> &str;

    /// Calls a method, or reads a field when there are no arguments; nothing if there is none of the name.
    fn method(&self, name: &str, arguments: &[Value]) -> Option<Result<Value, String>>;

    /// What the value is without its type: the number of a month, nil if there is nothing to say.
    fn underlying(&self) -> Value;

    /// How the value prints.
    fn text(&self) -> String;

    /// What the value is at bottom.
    fn kind(&self) -> Kind {
        match self.underlying().kind() {
            Kind::Invalid => Kind::Pointer,
            kind => kind,
        }
    }

    /// What `if` thinks of the value.
    fn truth(&self) -> bool {
        let underlying = self.underlying();
        underlying.is_nothing() || underlying.truth()
    }
}

/// Go's zero time, the first moment of the year 1.
pub(crate) fn zero_time() -> Zoned {
    date(1, 1, 1)
        .at(0, 0, 0, 0)
        .to_zoned(TimeZone::UTC)
        .unwrap_or_default()
}
