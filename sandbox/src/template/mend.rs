//! Walks parsed trees: refuses unknown functions and mends what the engine does unlike Go.

use gotmpl::parse::{
    BranchNode, CommandNode, Expr, ListNode, Node, PipeNode, Pos, SmolStr, TemplateNode,
};

use crate::star::REQUEST_NAMES;

/// Our function for a field that may be missing; see [`super::value::field`].
pub const FIELD: &str = "_field";
/// Our function that gives nothing.
pub const NOTHING: &str = "_nothing";

/// Mends one tree; the error names the line of an unknown function.
pub fn tree(list: ListNode, known: &dyn Fn(&str) -> bool) -> Result<ListNode, (usize, String)> {
    let nodes = list.nodes.into_iter().map(|each| node(each, known));
    Ok(ListNode {
        pos: list.pos,
        nodes: nodes.collect::<Result<_, _>>()?,
    })
}

type Mended<T> = Result<T, (usize, String)>;

fn node(node: Node, known: &dyn Fn(&str) -> bool) -> Mended<Node> {
    Ok(match node {
        Node::List(list) => Node::List(tree(list, known)?),
        Node::Action(mut action) => {
            action.pipe = pipe(action.pipe, known)?;
            Node::Action(action)
        }
        Node::If(inner) => Node::If(branch(inner, known)?),
        Node::Range(inner) => Node::Range(branch(inner, known)?),
        Node::With(inner) => Node::With(branch(inner, known)?),
        Node::Template(inner) => Node::Template(template(inner, known)?),
        Node::Define(mut define) => {
            define.body = tree(define.body, known)?;
            Node::Define(define)
        }
        Node::Text(_) | Node::Break(_) | Node::Continue(_) => node,
    })
}

fn branch(branch: BranchNode, known: &dyn Fn(&str) -> bool) -> Mended<BranchNode> {
    Ok(BranchNode {
        pos: branch.pos,
        pipe: pipe(branch.pipe, known)?,
        body: tree(branch.body, known)?,
        else_body: branch.else_body.map(|body| tree(body, known)).transpose()?,
    })
}

/// A template called without an argument gets nothing.
fn template(template: TemplateNode, known: &dyn Fn(&str) -> bool) -> Mended<TemplateNode> {
    let pipe = match template.pipe {
        Some(given) => pipe(given, known)?,
        None => call(template.pos, NOTHING, Vec::new()),
    };
    Ok(TemplateNode {
        pipe: Some(pipe),
        ..template
    })
}

fn pipe(pipe: PipeNode, known: &dyn Fn(&str) -> bool) -> Mended<PipeNode> {
    let commands = pipe.commands.into_iter().map(|each| command(each, known));
    Ok(PipeNode {
        commands: commands.collect::<Result<_, _>>()?,
        ..pipe
    })
}

fn command(command: CommandNode, known: &dyn Fn(&str) -> bool) -> Mended<CommandNode> {
    let pos = command.pos;
    let alone = command.args.len() == 1;
    let mut args = Vec::with_capacity(command.args.len());
    for (at, each) in command.args.into_iter().enumerate() {
        match doubtful(&each) {
            Some(parts) if alone => args.extend(field_call(pos, parts)),
            Some(parts) if at > 0 => args.push(Expr::Pipe(pos, one(pos, field_call(pos, parts)))),
            _ => args.push(expr(each, known)?),
        }
    }
    Ok(CommandNode { pos, args })
}

fn expr(expr: Expr, known: &dyn Fn(&str) -> bool) -> Mended<Expr> {
    Ok(match expr {
        Expr::Identifier(pos, name) if !known(&name) => {
            return Err((pos.line, format!("function \"{name}\" not defined")));
        }
        Expr::Pipe(pos, inner) => Expr::Pipe(pos, pipe(inner, known)?),
        Expr::Chain(pos, inner, fields) => {
            Expr::Chain(pos, Box::new(self::expr(*inner, known)?), fields)
        }
        Expr::Dot(_)
        | Expr::Field(..)
        | Expr::Variable(..)
        | Expr::Identifier(..)
        | Expr::String(..)
        | Expr::Number(..)
        | Expr::Bool(..)
        | Expr::Nil(_) => expr,
    })
}

/// Where a field is looked up and its names, if the first is not one every request has.
fn doubtful(expr: &Expr) -> Option<(Expr, &[SmolStr])> {
    let (from, fields) = match expr {
        Expr::Field(pos, fields) => (Expr::Dot(*pos), fields),
        Expr::Variable(pos, name, fields) if name.as_str() == "$" => {
            (Expr::Variable(*pos, name.clone(), Vec::new()), fields)
        }
        _ => return None,
    };
    let first = fields.first()?;
    (!REQUEST_NAMES.contains(&first.as_str())).then_some((from, fields.as_slice()))
}

fn field_call(pos: Pos, (from, fields): (Expr, &[SmolStr])) -> Vec<Expr> {
    let mut args = vec![Expr::Identifier(pos, SmolStr::new(FIELD)), from];
    args.extend(
        fields
            .iter()
            .map(|name| Expr::String(pos, name.as_str().into())),
    );
    args
}

fn call(pos: Pos, name: &str, mut rest: Vec<Expr>) -> PipeNode {
    rest.insert(0, Expr::Identifier(pos, SmolStr::new(name)));
    one(pos, rest)
}

fn one(pos: Pos, args: Vec<Expr>) -> PipeNode {
    PipeNode {
        pos,
        decl: Vec::new(),
        commands: vec![CommandNode { pos, args }],
        is_assign: false,
    }
}
