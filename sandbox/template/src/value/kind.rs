//! The types of values, named as Go names them in messages, `%T` and `typeOf`.

use std::fmt;
use std::sync::Arc;

use super::{Safe, Value};

/// The bits of a number. `Plain` is the type without a number in its name: `int`, `uint`, `float64`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Width {
    /// `int`, `uint`, `float64`.
    #[default]
    Plain,
    /// Eight bits.
    W8,
    /// Sixteen bits.
    W16,
    /// 32 bits.
    W32,
    /// 64 bits.
    W64,
}

impl Width {
    fn suffix(self) -> &'static str {
        match self {
            Width::Plain => "",
            Width::W8 => "8",
            Width::W16 => "16",
            Width::W32 => "32",
            Width::W64 => "64",
        }
    }

    /// The number of bits.
    pub fn bits(self) -> u32 {
        match self {
            Width::W8 => 8,
            Width::W16 => 16,
            Width::W32 => 32,
            Width::Plain | Width::W64 => 64,
        }
    }
}

/// A type of values, and of the parameters of functions.
#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    /// `interface {}`: any value; as a parameter it sees a missing value as nil.
    Any,
    /// As a parameter: any value, missing ones too, as they are. The built-in functions ask for it.
    Anything,
    /// `bool`.
    Bool,
    /// `int`, `int8`, ...
    Int(Width),
    /// `uint`, `uint8`, ...
    Uint(Width),
    /// `float32`, `float64`.
    Float(Width),
    /// `complex128`.
    Complex,
    /// `string`.
    Text,
    /// A list of elements; `[]byte` is a list of `uint8`.
    List(Arc<Type>),
    /// A map from keys to values.
    Map(Arc<(Type, Type)>),
    /// Typed content.
    Safe(Safe),
    /// `time.Time`.
    Time,
    /// A pointer.
    Pointer(Arc<Type>),
    /// A function.
    Function,
    /// A type known by its name: a struct, an object.
    Named(Arc<str>),
}

impl Type {
    /// The list of `element`s.
    pub fn list(element: Type) -> Type {
        Type::List(Arc::new(element))
    }

    /// The map from `key` to `value`.
    pub fn map(key: Type, value: Type) -> Type {
        Type::Map(Arc::new((key, value)))
    }

    /// `map[string]interface {}`.
    pub fn dict() -> Type {
        Type::map(Type::Text, Type::Any)
    }

    /// Whether values of the type may be nil.
    pub fn can_be_nil(&self) -> bool {
        matches!(
            self,
            Type::Any
                | Type::Anything
                | Type::List(_)
                | Type::Map(_)
                | Type::Pointer(_)
                | Type::Function
        )
    }

    /// The value that a variable of the type begins with.
    pub fn zero(&self) -> Value {
        match self {
            Type::Any => Value::Nil,
            Type::Anything | Type::Named(_) => Value::Missing,
            Type::Bool => Value::Bool(false),
            Type::Int(width) => Value::Int(0, *width),
            Type::Uint(width) => Value::Uint(0, *width),
            Type::Float(width) => Value::Float(0.0, *width),
            Type::Complex => Value::Complex(0.0, 0.0),
            Type::Text => Value::text(""),
            Type::List(element) if **element == Type::Uint(Width::W8) => Value::Bytes([].into()),
            Type::List(element) => Value::List(Arc::new(super::List::null((**element).clone()))),
            Type::Map(types) => {
                Value::Map(Arc::new(super::Map::null(types.0.clone(), types.1.clone())))
            }
            Type::Safe(safe) => Value::Safe(*safe, "".into()),
            Type::Time => Value::Time(Arc::new(super::zero_time())),
            Type::Pointer(target) => Value::NullPointer(target.clone()),
            Type::Function => Value::Nil,
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Any => f.write_str("interface {}"),
            Type::Anything => f.write_str("reflect.Value"),
            Type::Bool => f.write_str("bool"),
            Type::Int(width) => write!(f, "int{}", width.suffix()),
            Type::Uint(width) => write!(f, "uint{}", width.suffix()),
            Type::Float(Width::W32) => f.write_str("float32"),
            Type::Float(_) => f.write_str("float64"),
            Type::Complex => f.write_str("complex128"),
            Type::Text => f.write_str("string"),
            Type::List(element) => write!(f, "[]{element}"),
            Type::Map(types) => write!(f, "map[{}]{}", types.0, types.1),
            Type::Safe(safe) => write!(f, "template.{}", safe.name()),
            Type::Time => f.write_str("time.Time"),
            Type::Pointer(target) => write!(f, "*{target}"),
            Type::Function => f.write_str("func()"),
            Type::Named(name) => f.write_str(name),
        }
    }
}

/// What a value is at bottom, as Go's `kindOf` says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Missing or nil.
    Invalid,
    /// A truth.
    Bool,
    /// A signed number.
    Int,
    /// An unsigned number.
    Uint,
    /// A float.
    Float,
    /// A complex number.
    Complex,
    /// A string, typed content too.
    Text,
    /// A list, bytes too.
    List,
    /// A map.
    Map,
    /// A struct.
    Record,
    /// A pointer.
    Pointer,
    /// A function.
    Function,
}

impl Value {
    /// The type of the value; nothing for a missing or nil one.
    pub fn type_of(&self) -> Option<Type> {
        Some(match self {
            Value::Missing | Value::Nil => return None,
            Value::NullPointer(target) => Type::Pointer(target.clone()),
            Value::Bool(_) => Type::Bool,
            Value::Int(_, width) => Type::Int(*width),
            Value::Uint(_, width) => Type::Uint(*width),
            Value::Float(_, Width::W32) => Type::Float(Width::W32),
            Value::Float(..) => Type::Float(Width::Plain),
            Value::Complex(..) => Type::Complex,
            Value::Text(_) | Value::Broken(_) => Type::Text,
            Value::Bytes(_) => Type::list(Type::Uint(Width::W8)),
            Value::List(list) => Type::list(list.element().clone()),
            Value::Map(map) => Type::map(map.key_type().clone(), map.value_type().clone()),
            Value::Record(record) => Type::Named(record.type_name()),
            Value::Safe(safe, _) => Type::Safe(*safe),
            Value::Time(_) => Type::Time,
            Value::Object(object) => Type::Named(object.type_name().into()),
            Value::Function(_) => Type::Function,
        })
    }

    /// The name of the type; `<nil>` for a missing or nil value.
    pub fn type_name(&self) -> String {
        self.type_of()
            .map_or_else(|| "<nil>".to_owned(), |kind| kind.to_string())
    }

    /// What the value is at bottom.
    pub fn kind(&self) -> Kind {
        match self {
            Value::Missing | Value::Nil => Kind::Invalid,
            Value::NullPointer(_) => Kind::Pointer,
            Value::Bool(_) => Kind::Bool,
            Value::Int(..) => Kind::Int,
            Value::Uint(..) => Kind::Uint,
            Value::Float(..) => Kind::Float,
            Value::Complex(..) => Kind::Complex,
            Value::Text(_) | Value::Broken(_) | Value::Safe(..) => Kind::Text,
            Value::Bytes(_) | Value::List(_) => Kind::List,
            Value::Map(_) => Kind::Map,
            Value::Record(record) if record.is_pointer() => Kind::Pointer,
            Value::Record(_) | Value::Time(_) => Kind::Record,
            Value::Object(object) => object.kind(),
            Value::Function(_) => Kind::Function,
        }
    }

    /// The kind's name as `kindOf` prints it: `int64`, `slice`, `ptr`, ...
    pub fn kind_name(&self) -> String {
        match (self.kind(), self) {
            (Kind::Int | Kind::Uint | Kind::Float, Value::Object(object)) => {
                object.underlying().kind_name()
            }
            (Kind::Invalid, _) => "invalid".to_owned(),
            (Kind::Text, _) => "string".to_owned(),
            (Kind::List, _) => "slice".to_owned(),
            (Kind::Map, _) => "map".to_owned(),
            (Kind::Record, _) => "struct".to_owned(),
            (Kind::Pointer, _) => "ptr".to_owned(),
            (Kind::Function, _) => "func".to_owned(),
            (Kind::Bool | Kind::Int | Kind::Uint | Kind::Float | Kind::Complex, value) => {
                value.type_name()
            }
        }
    }
}
