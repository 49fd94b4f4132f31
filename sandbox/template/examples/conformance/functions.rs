//! The functions that cases name.

use gotemplate::{Call, Function, Functions, Safe, Type, Value, Width, format};

const INT: Type = Type::Int(Width::Plain);

/// Adds the function of a name; `app:` functions are those that apps have.
pub fn add(name: &str, functions: &mut Functions) {
    if let Some(name) = name.strip_prefix("app:") {
        return add_app(name, functions);
    }
    let name = match name {
        "add" => Function::new(name, [], |call| {
            Ok(Value::int(
                call.arguments.iter().map(int).fold(0, i64::wrapping_add),
            ))
        })
        .and_more(INT),
        "echo" => Function::new(name, [Type::Any], |call| Ok(call.argument(0).clone())),
        "makemap" => Function::new(name, [], make_map).and_more(Type::Text),
        "mapOfThree" => Function::new(name, [], |_| Ok(Value::map([("three", Value::int(3))]))),
        "oneArg" => Function::new(name, [Type::Text], |call| {
            Ok(Value::text(format!("oneArg={}", text(call, 0))))
        }),
        "twoArgs" => Function::new(name, [Type::Text, Type::Text], |call| {
            Ok(Value::text(format!(
                "twoArgs={}{}",
                text(call, 0),
                text(call, 1)
            )))
        }),
        "dddArg" => Function::new(name, [INT], ddd).and_more(Type::Text),
        "returnInt" => Function::new(name, [], |_| Ok(Value::int(7))),
        "zeroArgs" => Function::new(name, [], |_| Ok(Value::text("zeroArgs"))),
        "die" => Function::new(name, [], |_| Err("death".to_owned())),
        "valueString" => Function::new(name, [Type::Text], |_| Ok(Value::text("value is ignored"))),
        "upper" => Function::new(name, [Type::Text], |call| {
            Ok(Value::text(text(call, 0).to_uppercase()))
        }),
        "list" => Function::new(name, [], |call| Ok(Value::list(call.arguments.to_vec())))
            .and_more(Type::Any),
        "dict" => Function::new(name, [], dict).and_more(Type::Any),
        "fail" => Function::new(name, [Type::Text], |call| Err(text(call, 0))),
        "safeHTML" => safe_html(),
        "pred" => Function::new(name, [INT], |call| match int(call.argument(0)) {
            number if number > 0 => Ok(Value::int(number - 1)),
            _ => Err("no predecessor".to_owned()),
        }),
        _ => return,
    };
    functions.add(name);
}

fn add_app(name: &str, functions: &mut Functions) {
    let function = match name {
        "static" => Function::new(name, [Type::Text], |call| {
            Ok(Value::text(format!(
                "/app/static/{}-0123abcd",
                text(call, 0)
            )))
        }),
        "astatic" => Function::new(name, [Type::Text], |call| {
            Ok(Value::text(format!("/app/{}-0123abcd", text(call, 0))))
        }),
        "fileNonEmpty" => Function::new(name, [Type::Text], |_| Ok(Value::Bool(true))),
        "safeHTML" => safe_html(),
        name => {
            let Ok(known) = Functions::for_apps().find(name).cloned() else {
                return;
            };
            functions.add_shared(known);
            return;
        }
    };
    functions.add(function);
}

fn safe_html() -> Function {
    Function::new("safeHTML", [Type::Text], |call| {
        Ok(Value::Safe(Safe::Html, text(call, 0).into()))
    })
}

fn make_map(call: &Call<'_>) -> Result<Value, String> {
    if call.arguments.len() % 2 == 1 {
        return Err("missing key".to_owned());
    }
    let pairs = call.arguments.chunks_exact(2);
    let entries = pairs
        .filter_map(|pair| Some((pair.first()?.clone(), pair.last()?.clone())))
        .collect();
    Ok(Value::Map(std::sync::Arc::new(
        gotemplate::value::Map::new(Type::Text, Type::Text, entries),
    )))
}

fn dict(call: &Call<'_>) -> Result<Value, String> {
    let pairs = call.arguments.chunks(2);
    let entries = pairs.map(|pair| {
        let key = pair.first().map(format::text).unwrap_or_default();
        (key, pair.get(1).cloned().unwrap_or_else(|| Value::text("")))
    });
    Ok(Value::map(entries))
}

fn ddd(call: &Call<'_>) -> Result<Value, String> {
    let mut out = Vec::new();
    let rest = Value::texts(call.arguments.iter().skip(1).map(format::text));
    format::print_line(&[call.argument(0).clone(), rest], &mut out);
    Ok(Value::string_of_bytes(&out))
}

fn int(value: &Value) -> i64 {
    if let Value::Int(number, _) = value {
        *number
    } else {
        0
    }
}

fn text(call: &Call<'_>, position: usize) -> String {
    format::text(call.argument(position))
}
