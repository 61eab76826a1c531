//! Themes of `TextMate` (tmTheme): property lists, brought into the form of VS Code's.

use serde_json::{Value as Json, json};

/// Reads one.
///
/// # Errors
/// Why it is none.
pub(super) fn read(text: &str) -> Result<Json, String> {
    let mut theme: Json = plist::from_bytes(text.as_bytes()).map_err(|error| error.to_string())?;
    let rules = theme.get("settings").and_then(Json::as_array);
    let base = rules.and_then(|rules| rules.iter().find(|rule| rule.get("scope").is_none()));
    let color = |keys: &[&str]| {
        let settings = base?.get("settings")?;
        keys.iter().find_map(|key| settings.get(*key)).cloned()
    };
    let colors = json!({
        "editor.lineHighlightBackground": color(&["lineHighlight", "selection"]),
        "editorLineNumber.foreground": color(&["gutterForeground"]),
    });
    if let Some(theme) = theme.as_object_mut() {
        theme.insert("colors".to_owned(), colors);
    }
    Ok(theme)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_theme_is_read() {
        let text = "<?xml version=\"1.0\"?><plist version=\"1.0\"><dict><key>settings</key><array>
            <dict><key>settings</key><dict><key>foreground</key><string>#111111</string>
            <key>selection</key><string>#222222</string></dict></dict>
            <dict><key>scope</key><string>comment</string><key>settings</key><dict/></dict>
            </array></dict></plist>";
        let theme = textmate::Theme::from_json(&read(text).unwrap()).unwrap();
        assert_eq!(theme.base.foreground.unwrap().to_string(), "#111111");
        let marked = theme.color("editor.lineHighlightBackground");
        assert_eq!(marked.unwrap().to_string(), "#222222");
        assert_eq!(theme.rules.len(), 1);
        assert!(read("<plist><dict>").is_err() && read("").is_err());
    }
}
