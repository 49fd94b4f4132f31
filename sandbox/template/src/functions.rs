//! The functions that templates may call. A template is linked to its functions when it is parsed, so this table is read
//! once per name and not when a page is rendered. Families of functions live in `functions/` and add themselves here.

mod address;
mod choice;
mod date;
mod decimal;
mod dict;
mod encode;
mod expression;
mod family;
mod json;
mod kinds;
mod letters;
mod list;
mod moment;
mod number;
mod place;
mod random;
mod version;
mod words;

use std::collections::HashMap;
use std::sync::Arc;

use crate::value::{Type, Value};

/// What a function is called with: arguments that fit the parameters, in number and type.
pub struct Call<'a> {
    /// The arguments, the value that was piped in last.
    pub arguments: &'a [Value],
    /// The time of the request. Templates see no other clock.
    pub now: jiff::Timestamp,
}

impl Call<'_> {
    /// The argument at a position; missing behind the last one.
    pub fn argument(&self, position: usize) -> &Value {
        self.arguments.get(position).unwrap_or(&Value::Missing)
    }
}

type Body = Arc<dyn Fn(&Call<'_>) -> Result<Value, String> + Send + Sync>;

/// A function with the types of its parameters.
pub struct Function {
    name: Arc<str>,
    parameters: Vec<Type>,
    rest: Option<Type>,
    evaluation: Evaluation,
    body: Body,
}

/// Which arguments are evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Evaluation {
    /// All.
    All,
    /// Until the first that is not true.
    And,
    /// Until the first that is true.
    Or,
}

impl Function {
    /// A function with exactly these parameters. The error is told as `error calling NAME: ...`.
    pub fn new(
        name: &str,
        parameters: impl Into<Vec<Type>>,
        body: impl Fn(&Call<'_>) -> Result<Value, String> + Send + Sync + 'static,
    ) -> Function {
        Function {
            name: name.into(),
            parameters: parameters.into(),
            rest: None,
            evaluation: Evaluation::All,
            body: Arc::new(body),
        }
    }

    /// The same function, taking any number of further arguments of a type.
    #[must_use]
    pub fn and_more(self, rest: Type) -> Function {
        Function {
            rest: Some(rest),
            ..self
        }
    }

    /// The same function, whose arguments are not all evaluated.
    #[must_use]
    pub(crate) fn evaluating(self, evaluation: Evaluation) -> Function {
        Function { evaluation, ..self }
    }

    /// The name that templates call it by.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// The type of the parameter at a position.
    pub fn parameter(&self, position: usize) -> Option<&Type> {
        self.parameters.get(position).or(self.rest.as_ref())
    }

    /// Which arguments are evaluated.
    pub(crate) fn evaluation(&self) -> Evaluation {
        self.evaluation
    }

    /// Whether so many arguments fit; otherwise how many are wanted.
    pub fn accepts(&self, count: usize) -> Result<(), String> {
        let least = self.parameters.len();
        match self.rest {
            Some(_) if count < least => Err(format!("at least {least}")),
            None if count != least => Err(least.to_string()),
            _ => Ok(()),
        }
    }

    /// Calls the function with arguments that were checked.
    pub fn call(&self, call: &Call<'_>) -> Result<Value, String> {
        (self.body)(call)
    }
}

/// The functions of a set of templates, by name.
#[derive(Clone, Default)]
pub struct Functions {
    known: HashMap<Arc<str>, Arc<Function>>,
    left_out: HashMap<&'static str, &'static str>,
}

impl Functions {
    /// The functions of the language itself.
    pub fn new() -> Functions {
        let mut functions = Functions::default();
        for function in crate::builtin::all() {
            functions.add(function);
        }
        functions
    }

    /// Adds a function, in place of one of the same name.
    pub fn add(&mut self, function: Function) {
        self.add_shared(Arc::new(function));
    }

    /// Adds a function that other tables have too.
    pub fn add_shared(&mut self, function: Arc<Function>) {
        self.known.insert(function.name.clone(), function);
    }

    /// Says why a function is not here, for those who call it.
    pub fn leave_out(&mut self, name: &'static str, reason: &'static str) {
        self.left_out.insert(name, reason);
    }

    /// The function of the name, or the words of the parser's error.
    pub fn find(&self, name: &str) -> Result<&Arc<Function>, String> {
        self.known
            .get(name)
            .ok_or_else(|| match self.left_out.get(name) {
                Some(reason) => format!("function \"{name}\" is not available here: {reason}"),
                None => format!("function \"{name}\" not defined"),
            })
    }
}

/// What is not here, and why.
const LEFT_OUT: [(&[&str], &str); 3] = [
    (&["env", "expandenv"], "templates see no environment"),
    (&["getHostByName"], "templates reach no network"),
    (
        &[
            "genPrivateKey",
            "derivePassword",
            "buildCustomCert",
            "genCA",
            "genCAWithKey",
            "genSelfSignedCert",
            "genSelfSignedCertWithKey",
            "genSignedCert",
            "genSignedCertWithKey",
        ],
        "keys and certificates are not made in pages; make them where they are kept",
    ),
];

impl Functions {
    /// The functions of the language and those apps expect beside them: sprig's and a few of OpenRun's.
    pub fn for_apps() -> Functions {
        let mut functions = Functions::new();
        let families = [
            words::FAMILY,
            letters::FAMILY,
            number::FAMILY,
            random::FAMILY,
            choice::FAMILY,
            list::FAMILY,
            dict::FAMILY,
            kinds::FAMILY,
            json::FAMILY,
            encode::FAMILY,
            place::FAMILY,
            expression::FAMILY,
            version::FAMILY,
            address::FAMILY,
            date::FAMILY,
        ];
        for entries in families {
            family::add(&mut functions, entries);
        }
        for (names, reason) in LEFT_OUT {
            for name in names {
                functions.leave_out(name, reason);
            }
        }
        functions
    }
}
