//! `doc.<type>(…)`: a new document with a value for every declared field.

use starlark::eval::{Arguments, Evaluator};
use starlark::values::{Heap, Value};
use store::Type;
use value::{Document, NativeCall, raise};

/// Makes documents of one type.
pub struct Constructor {
    kind: String,
    fields: Vec<String>,
}

impl Constructor {
    /// Of `kind`.
    pub fn new(kind: &Type) -> Self {
        Self {
            kind: kind.name.clone(),
            fields: kind.fields.iter().map(|field| field.name.clone()).collect(),
        }
    }

    fn bind<'v>(
        &self,
        args: &Arguments<'v, '_>,
        heap: Heap<'v>,
    ) -> starlark::Result<Vec<Option<Value<'v>>>> {
        let kind = &self.kind;
        let mut values: Vec<Option<Value<'v>>> = args.positions(heap)?.map(Some).collect();
        let (got, most) = (values.len(), self.fields.len());
        if got > most {
            return Err(raise(format!(
                "{kind}: got {got} arguments, want at most {most}"
            )));
        }
        values.resize(most, None);
        for (name, value) in args.names_map()? {
            let name = name.as_str();
            let at = self.fields.iter().position(|field| field == name);
            let place = at.and_then(|at| values.get_mut(at));
            match place {
                None => {
                    let text = format!("{kind}: unexpected keyword argument {name:?}");
                    return Err(raise(text));
                }
                Some(Some(_)) => {
                    let text = format!("{kind}: got multiple values for parameter {name:?}");
                    return Err(raise(text));
                }
                Some(empty) => *empty = Some(value),
            }
        }
        Ok(values)
    }
}

impl NativeCall for Constructor {
    fn call<'v>(
        &self,
        args: &Arguments<'v, '_>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let heap = eval.heap();
        let mut fields = own(heap);
        for (name, value) in self.fields.iter().zip(self.bind(args, heap)?) {
            let missing = || raise(format!("{}: missing argument for {name}", self.kind));
            let value = value.ok_or_else(missing)?;
            fields.retain(|(other, _)| other != name);
            fields.push((name.clone(), value));
        }
        Ok(heap.alloc(Document::new(&self.kind, fields)))
    }
}

/// The fields that every document has.
fn own<'v>(heap: Heap<'v>) -> Vec<(String, Value<'v>)> {
    let number = |name: &str| (name.to_owned(), heap.alloc(0));
    let text = |name: &str| (name.to_owned(), heap.alloc(""));
    vec![
        number("_id"),
        number("_version"),
        text("_created_by"),
        text("_updated_by"),
        number("_created_at"),
        number("_updated_at"),
    ]
}
