//! A PostgreSQL server of the tests' own: on a free port of this machine, in a folder that goes with
//! it, run by a user without rights. It ends with the process that started it, however that ends.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;

/// A running server.
pub struct Postgres {
    port: u16,
    /// The server ends when this is closed.
    _life: ChildStdin,
    _child: Child,
}

/// Makes a database and runs it until its input ends. `$1` is the port; a certificate may be given. The
/// database sorts as Germans do, which must not show.
const SCRIPT: &str = r#"
set -e
folder=$(mktemp -d /tmp/store-test-XXXXXX)
cd "$folder"
trap 'rm -rf "$folder"' EXIT
printf pgpw > password
"$BIN/initdb" -D data -A scram-sha-256 -U gw --pwfile=password -N -E UTF8 --locale=C >initdb.log 2>&1 || { cat initdb.log; exit 1; }
if [ -n "$CERTIFICATE" ]; then
  umask 077
  printf '%s' "$CERTIFICATE" > data/server.crt
  printf '%s' "$KEY" > data/server.key
  echo "ssl = on" >> data/postgresql.conf
fi
"$BIN/postgres" -D data -p "$1" -c listen_addresses=127.0.0.1 -c unix_socket_directories="$folder" -c fsync=off -c max_connections=60 -c track_activity_query_size=16384 >log 2>&1 &
server=$!
trap 'kill -QUIT $server 2>/dev/null; wait $server 2>/dev/null; rm -rf "$folder"' EXIT
for try in $(seq 300); do
  if "$BIN/pg_isready" -q -h 127.0.0.1 -p "$1"; then break; fi
  kill -0 $server 2>/dev/null || { cat log; exit 1; }
  sleep 0.1
done
PGPASSWORD=pgpw "$BIN/psql" -q -h 127.0.0.1 -p "$1" -U gw -d postgres -c "CREATE DATABASE store TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'de-DE'"
echo ready
read -r _ || true
"#;

impl Postgres {
    /// The server of this test process.
    pub fn shared() -> &'static Postgres {
        static SERVER: OnceLock<Postgres> = OnceLock::new();
        SERVER.get_or_init(|| Postgres::start(None))
    }

    /// Starts a server, which speaks TLS with a certificate and its key.
    pub fn start(certificate: Option<(&str, &str)>) -> Postgres {
        let bin = programs();
        let port = free_port();
        let mut command = unprivileged();
        let (certificate, key) = certificate.unwrap_or_default();
        let mut child = command
            .args(["sh", "-c", SCRIPT, "sh", &port.to_string()])
            .env("BIN", &bin)
            .env("CERTIFICATE", certificate)
            .env("KEY", key)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        while output.read_line(&mut said).unwrap() > 0 && !said.ends_with("ready\n") {}
        assert!(
            said.ends_with("ready\n"),
            "PostgreSQL did not start:\n{said}"
        );
        Postgres {
            port,
            _life: child.stdin.take().unwrap(),
            _child: child,
        }
    }

    /// The address of its database.
    pub fn address(&self) -> String {
        format!("postgres://gw:pgpw@127.0.0.1:{}/store", self.port)
    }

    /// Runs SQL that prints rows.
    pub fn sql(&self, sql: &str) -> String {
        let output = Command::new(programs().join("psql"))
            .args(["-qtAX", "-d", &self.address(), "-c", sql])
            .output()
            .unwrap();
        assert!(output.status.success(), "{sql}: {output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }
}

/// Where Debian puts the programs of a server, or where the search path has them.
fn programs() -> PathBuf {
    let debian = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten();
    let debian = debian.map(|entry| entry.unwrap().path().join("bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let search = std::env::split_paths(&path).filter_map(|folder| {
        let program = std::fs::canonicalize(folder.join("initdb")).ok()?;
        program.parent().map(PathBuf::from)
    });
    let mut found: Vec<PathBuf> = debian.collect();
    found.sort();
    found
        .into_iter()
        .rev()
        .chain(search)
        .find(|folder| ["initdb", "postgres"].iter().all(|name| runs(&folder.join(name))))
        .expect("no PostgreSQL server is installed: apt-get install -y --no-install-recommends postgresql")
}

fn runs(program: &std::path::Path) -> bool {
    std::fs::metadata(program).is_ok_and(|found| found.permissions().mode() & 0o111 != 0)
}

/// The server refuses to run as root.
fn unprivileged() -> Command {
    let root = std::fs::metadata("/proc/self").is_ok_and(|own| {
        use std::os::unix::fs::MetadataExt;
        own.uid() == 0
    });
    let users = std::fs::read_to_string("/etc/passwd").unwrap();
    let user = if users.contains("\npostgres:") {
        "postgres"
    } else {
        "nobody"
    };
    let mut command = match root {
        true => Command::new("runuser"),
        false => Command::new("env"),
    };
    if root {
        command.args(["-u", user, "--"]);
    }
    command.current_dir("/");
    command
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
