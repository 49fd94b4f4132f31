//! `settings["app_config"]`: what an app asks of the gateway's configuration. It is checked as
//! written, shown to operators, and changes nothing by itself: the operator decides.

use serde_json::Value as Json;

#[derive(Clone, Copy)]
enum Kind {
    Text,
    Number,
    Flag,
    Texts,
}

/// Known keys; unknown ones are left alone.
const KEYS: [(&str, Kind); 35] = [
    ("/action/max_request_body_bytes", Kind::Number),
    ("/cors/allow_origin", Kind::Text),
    ("/cors/allow_methods", Kind::Text),
    ("/cors/allow_headers", Kind::Text),
    ("/cors/allow_credentials", Kind::Text),
    ("/cors/max_age", Kind::Text),
    ("/container/health_url", Kind::Text),
    ("/container/health_attempts_after_startup", Kind::Number),
    ("/container/health_timeout_secs", Kind::Number),
    ("/container/deploy_probe_period_secs", Kind::Number),
    ("/container/deploy_health_attempts", Kind::Number),
    ("/container/deploy_progress_deadline_secs", Kind::Number),
    ("/container/idle_shutdown_secs", Kind::Number),
    ("/container/idle_shutdown_dev_apps", Kind::Flag),
    ("/container/idle_bytes_high_watermark", Kind::Number),
    ("/container/status_check_interval_secs", Kind::Number),
    ("/container/status_health_attempts", Kind::Number),
    ("/container/log_lines_to_show", Kind::Number),
    ("/container/show_logs_for_failure", Kind::Flag),
    ("/kubernetes/default_volume_size", Kind::Text),
    ("/kubernetes/scaling_threshold_cpu", Kind::Number),
    ("/proxy/max_idle_conns", Kind::Number),
    ("/proxy/idle_conn_timeout_secs", Kind::Number),
    ("/proxy/disable_compression", Kind::Flag),
    ("/proxy/rewrite_location", Kind::Flag),
    ("/fs/file_access", Kind::Texts),
    ("/fs/retain_versions", Kind::Number),
    ("/audit/redact_url", Kind::Flag),
    ("/audit/skip_http_events", Kind::Flag),
    ("/security/default_secrets_provider", Kind::Text),
    ("/security/disable_csrf_protection", Kind::Flag),
    ("/security/headers_level", Kind::Number),
    ("/star_base", Kind::Text),
    ("/static_from_disk", Kind::Flag),
    ("/static_root_cache_control", Kind::Text),
];

/// Refuses values of the wrong kind.
pub fn check(config: &Json) -> Result<(), String> {
    if !config.is_null() && !config.is_object() {
        return Err("error applying app_config settings: app_config is not a dict".to_owned());
    }
    for (path, kind) in KEYS {
        let found = config.pointer(path).filter(|value| !value.is_null());
        if let Some(want) = found.and_then(|value| kind.misses(value)) {
            let key = path.trim_start_matches('/').replace('/', ".");
            return Err(format!(
                "error applying app_config settings: {key} is not {want}"
            ));
        }
    }
    Ok(())
}

impl Kind {
    /// What `value` should have been, if it is something else.
    fn misses(self, value: &Json) -> Option<&'static str> {
        let texts = |value: &Json| {
            value
                .as_array()
                .is_some_and(|items| items.iter().all(Json::is_string))
        };
        match self {
            Self::Text => (!value.is_string()).then_some("a string"),
            Self::Number => (!value.is_i64()).then_some("an int"),
            Self::Flag => (!value.is_boolean()).then_some("a bool"),
            Self::Texts => (!texts(value)).then_some("a list of strings"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_have_their_kind() {
        let found = |config: Json| check(&config).err().unwrap_or_default();
        assert_eq!(found(json!(null)), "");
        assert_eq!(
            found(json!({"cors": {"max_age": "1"}, "unknown": {"x": 1}})),
            ""
        );
        assert_eq!(
            found(json!({"cors": {"max_age": 1}})),
            "error applying app_config settings: cors.max_age is not a string"
        );
        assert_eq!(
            found(json!([])),
            "error applying app_config settings: app_config is not a dict"
        );
    }
}
