//! Decimal numbers for the functions on floats, so that a tenth and two tenths are three tenths. Where the digits do not
//! fit, the caller calculates with floats.

/// A number: `digits` times ten to the power of minus `places`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Decimal {
    digits: i128,
    places: u32,
}

/// Digits behind the point that a quotient has.
const QUOTIENT: u32 = 16;

impl Decimal {
    /// The shortest decimal that is read as this float.
    pub(super) fn read(number: f64) -> Option<Decimal> {
        let text = number.to_string();
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let digits = format!("{whole}{fraction}").parse().ok()?;
        let places = u32::try_from(fraction.len()).ok()?;
        Some(Decimal { digits, places })
    }

    pub(super) fn plus(self, other: Decimal) -> Option<Decimal> {
        let (one, other, places) = self.aligned(other)?;
        one.checked_add(other)
            .map(|digits| Decimal { digits, places })
    }

    pub(super) fn minus(self, other: Decimal) -> Option<Decimal> {
        let (one, other, places) = self.aligned(other)?;
        one.checked_sub(other)
            .map(|digits| Decimal { digits, places })
    }

    pub(super) fn times(self, other: Decimal) -> Option<Decimal> {
        Some(Decimal {
            digits: self.digits.checked_mul(other.digits)?,
            places: self.places.checked_add(other.places)?,
        })
    }

    /// The quotient, rounded half away from zero.
    pub(super) fn by(self, other: Decimal) -> Option<Decimal> {
        let (one, other, _) = self.aligned(other)?;
        let scaled = one.checked_mul(10_i128.checked_pow(QUOTIENT)?)?;
        let (whole, rest) = (scaled.checked_div(other)?, scaled.checked_rem(other)?);
        let up = rest.unsigned_abs().checked_mul(2)? >= other.unsigned_abs();
        let sign = if (one < 0) == (other < 0) { 1 } else { -1 };
        Some(Decimal {
            digits: whole + if up { sign } else { 0 },
            places: QUOTIENT,
        })
    }

    pub(super) fn float(self) -> f64 {
        format!("{}e-{}", self.digits, self.places)
            .parse()
            .unwrap_or(f64::NAN)
    }

    fn aligned(self, other: Decimal) -> Option<(i128, i128, u32)> {
        let places = self.places.max(other.places);
        let scale = |number: Decimal| {
            let by = 10_i128.checked_pow(places - number.places)?;
            number.digits.checked_mul(by)
        };
        Some((scale(self)?, scale(other)?, places))
    }
}
