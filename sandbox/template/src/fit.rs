//! Which values may be given for which parameters. Go converts nothing on the way: an `int` is no `int64`, and typed
//! content is no `string`.

use crate::value::{Type, Value, Width};

/// The value as the parameter takes it.
pub(crate) fn fit(value: Value, wanted: &Type) -> Result<Value, String> {
    let fits = match (wanted, &value) {
        (Type::Anything, _) => true,
        (_, Value::Missing) => {
            return nil(wanted).ok_or_else(|| format!("invalid value; expected {wanted}"));
        }
        (Type::Any, _)
        | (Type::Text, Value::Text(_) | Value::Broken(_))
        | (Type::Bool, Value::Bool(_)) => true,
        (Type::Int(wanted), Value::Int(_, width)) | (Type::Uint(wanted), Value::Uint(_, width)) => {
            wanted == width
        }
        (Type::Float(wanted), Value::Float(_, width)) => {
            (*wanted == Width::W32) == (*width == Width::W32)
        }
        (_, value) => value.type_of().as_ref() == Some(wanted),
    };
    if fits {
        return Ok(value);
    }
    let got = value
        .type_of()
        .map_or_else(|| "interface {}".to_owned(), |kind| kind.to_string());
    Err(format!(
        "wrong type for value; expected {wanted}; got {got}"
    ))
}

/// What a parameter gets for a value that is not there; nothing if it must be there.
pub(crate) fn nil(wanted: &Type) -> Option<Value> {
    wanted.can_be_nil().then(|| wanted.zero())
}
