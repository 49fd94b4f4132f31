//! The names `schema.star` can use.

use starlark::environment::GlobalsBuilder;
use starlark::eval::{Arguments, Evaluator};
use starlark::starlark_module;
use starlark::values::list::ListRef;
use starlark::values::none::NoneType;
use starlark::values::structs::AllocStruct;
use starlark::values::{Heap, Value};
use store::{Field, Index, IndexField, Kind, Type};
use value::raise;

use crate::star::attrs::Attrs;
use crate::star::context::Context;
use crate::star::convert::{Budget, to_json};
use crate::star::unpack::{Kind as Accept, Param, may, need, unpack};

const TYPE: [Param; 3] = [
    need("name", Accept::Text),
    need("fields", Accept::Any),
    may("indexes", Accept::Any),
];
const FIELD: [Param; 3] = [
    need("name", Accept::Text),
    need("type", Accept::Text),
    may("default", Accept::Any),
];
const INDEX: [Param; 2] = [need("fields", Accept::List), may("unique", Accept::Bool)];

/// Largest default.
const MAX_DEFAULT: usize = 1 << 20;

/// Adds `type`, `field` and `index`.
#[starlark_module]
pub fn functions(globals: &mut GlobalsBuilder) {
    fn r#type<'v>(
        args: &Arguments<'v, '_>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<NoneType> {
        let given = unpack("type", &TYPE, args, eval.heap())?;
        let name = given.text("name", "").to_owned();
        let context = Context::of(eval)?;
        let mut types = context.types.0.borrow_mut();
        if types.iter().any(|other| other.name == name) {
            return Err(raise(format!("type {name:?} already defined")));
        }
        let fields = fields(&name, given.value("fields"))?;
        let indexes = indexes(&name, given.value("indexes"), &fields)?;
        types.push(Type {
            name,
            fields,
            indexes,
        });
        Ok(NoneType)
    }

    fn field<'v>(
        args: &Arguments<'v, '_>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let heap = eval.heap();
        let given = unpack("field", &FIELD, args, heap)?;
        let value = |name| given.value(name).unwrap_or_else(Value::new_none);
        let names = ["name", "type", "default"];
        Ok(described(
            "_field",
            names.map(|name| (name, value(name))),
            heap,
        ))
    }

    fn index<'v>(
        args: &Arguments<'v, '_>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let heap = eval.heap();
        let given = unpack("index", &INDEX, args, heap)?;
        let fields = given.value("fields").unwrap_or_else(Value::new_none);
        let unique = given.value("unique").unwrap_or(Value::new_bool(false));
        let parts = [("fields", fields), ("unique", unique)];
        Ok(described("_index", parts, heap))
    }
}

/// A struct with a mark of what it describes.
fn described<'v, const N: usize>(
    mark: &'static str,
    parts: [(&'static str, Value<'v>); N],
    heap: Heap<'v>,
) -> Value<'v> {
    let mark = [(mark, Value::new_bool(true))];
    let all: Vec<_> = parts.into_iter().chain(mark).collect();
    heap.alloc(AllocStruct(all))
}

fn items<'v>(kind: &str, what: &str, value: Option<Value<'v>>) -> starlark::Result<Vec<Value<'v>>> {
    let Some(value) = value else {
        return Ok(Vec::new());
    };
    let list = ListRef::from_value(value);
    let list = list.ok_or_else(|| raise(format!("{what} is not a list in type {kind}")))?;
    Ok(list.content().to_vec())
}

fn fields(kind: &str, value: Option<Value<'_>>) -> starlark::Result<Vec<Field>> {
    let mut fields: Vec<Field> = Vec::new();
    for value in items(kind, "fields", value)? {
        let field = read_field(value)?;
        if fields.iter().any(|other| other.name == field.name) {
            return Err(raise(format!(
                "field {} already defined in type {kind}",
                field.name
            )));
        }
        fields.push(field);
    }
    Ok(fields)
}

fn read_field(value: Value<'_>) -> starlark::Result<Field> {
    let attrs = Attrs::of(value).filter(|attrs| attrs.value("_field").is_some());
    let wrong = || {
        raise(format!(
            "invalid field definition: got {}, want field",
            value.get_type()
        ))
    };
    let attrs = attrs.ok_or_else(wrong)?;
    let (name, word) = (attrs.text("name"), attrs.text("type"));
    let kind = Kind::of(word).ok_or_else(|| raise(format!("unknown type {word} for {name}")))?;
    let default = attrs.some("default").map(|value| {
        to_json(value, &mut Budget::json(MAX_DEFAULT)).map_err(starlark::Error::new_other)
    });
    Ok(Field {
        name: name.to_owned(),
        kind,
        default: default.transpose()?,
    })
}

fn indexes(kind: &str, value: Option<Value<'_>>, fields: &[Field]) -> starlark::Result<Vec<Index>> {
    let index = |value: Value<'_>| {
        let attrs = Attrs::of(value).filter(|attrs| attrs.value("_index").is_some());
        let wrong = || {
            raise(format!(
                "invalid index definition: got {}, want index",
                value.get_type()
            ))
        };
        let attrs = attrs.ok_or_else(wrong)?;
        let entries = attrs.list("fields").unwrap_or_default();
        let entries = entries
            .iter()
            .map(|entry| index_field(kind, *entry, fields));
        Ok(Index {
            fields: entries.collect::<starlark::Result<_>>()?,
            unique: attrs.flag("unique"),
        })
    };
    items(kind, "indexes", value)?
        .into_iter()
        .map(index)
        .collect()
}

/// `rank`, `rank:asc` or `rank:desc`.
fn index_field(kind: &str, entry: Value<'_>, fields: &[Field]) -> starlark::Result<IndexField> {
    let text = entry.to_str();
    let (name, order) = text.split_once(':').unwrap_or((&text, "asc"));
    let descending = match order.to_lowercase().as_str() {
        "asc" => false,
        "desc" => true,
        _ => return Err(raise(format!("invalid index field {text} in type {kind}"))),
    };
    if !fields.iter().any(|field| field.name == name) {
        return Err(raise(format!(
            "index field {name} not defined in type {kind}"
        )));
    }
    Ok(IndexField {
        name: name.to_owned(),
        descending,
    })
}
