//! The search engine for the browser.
