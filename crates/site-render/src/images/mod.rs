//! Images for templates: `resize_image` and `get_image_metadata`.
//!
//! A call only reads the head of the original and says what the processed image will be called and
//! how large it will be; [`Images::finish`] makes all that were asked for, each once, in parallel.
//! A template that hashes a processed image has it made at once.

mod cache;
mod format;
mod metadata;
mod name;
mod operation;
mod pixels;

use std::collections::{BTreeMap, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use minijinja::value::Value;
use minijinja::{Error, ErrorKind};
use rayon::prelude::*;
use site_model::Diagnostic;

use crate::arguments::Arguments;
use crate::files::{self, Found};
use crate::library::Library;
use crate::output::{Contents, OutputFile};
use crate::values::Fields;
use cache::Cache;
use format::Format;
use metadata::Metadata;
use operation::{Operation, Size, Steps};

/// Folder of processed images in the output.
pub(crate) const FOLDER: &str = "processed_images/";

/// Originals larger than this are refused.
const MAX_ORIGINAL_BYTES: u64 = 512 << 20;

/// Images that templates asked for.
#[derive(Debug, Default)]
pub(crate) struct Images {
    /// What the heads of originals say, read once.
    heads: Mutex<HashMap<PathBuf, Result<Metadata, String>>>,
    /// By file name.
    wanted: Mutex<BTreeMap<String, Arc<Processed>>>,
    /// Where they may be kept; looked at when the first is made.
    folder: OnceLock<PathBuf>,
    cache: OnceLock<Option<Cache>>,
}

/// An image to be made.
#[derive(Debug)]
pub(crate) struct Processed {
    original: PathBuf,
    steps: Steps,
    size: Size,
    format: Format,
    made: OnceLock<Result<Contents, String>>,
}

impl Images {
    /// None asked for, kept in the same folder: for a site of which some files were edited.
    pub(crate) fn revised(&self) -> Self {
        Self { folder: self.folder.clone(), ..Self::default() }
    }

    /// Keeps processed images in a folder, for the builds to come.
    pub(crate) fn keep_in(&self, folder: &Path) {
        // Only the first folder counts; a second call would change nothing.
        let _ = self.folder.set(folder.to_path_buf());
    }

    fn cache(&self) -> Option<&Cache> {
        self.cache.get_or_init(|| Cache::open(self.folder.get()?)).as_ref()
    }

    /// The processed image of a path such as `static/processed_images/NAME`, once it was asked for.
    pub(crate) fn processed(&self, path: &str) -> Option<Arc<Processed>> {
        let path = path.trim_start_matches('/');
        let name = path.strip_prefix("static/").unwrap_or(path).strip_prefix(FOLDER)?;
        lock(&self.wanted).get(name).cloned()
    }

    /// Makes all images that were asked for and hands each on; returns what is wrong with originals.
    pub(crate) fn finish<E: Send>(
        &self,
        root: &Path,
        put: impl Fn(OutputFile) -> Result<(), E> + Sync,
    ) -> Result<Vec<Diagnostic>, E> {
        let wanted: Vec<_> =
            lock(&self.wanted).iter().map(|(name, it)| (name.clone(), it.clone())).collect();
        let one = |(name, image): (String, Arc<Processed>)| match self.make(&image) {
            Ok(contents) => {
                put(OutputFile { path: format!("{FOLDER}{name}"), contents }).map(|()| None)
            }
            Err(problem) => Ok(Some(complaint(&problem, &image.original, root))),
        };
        let problems: Vec<_> = wanted.into_par_iter().map(one).collect::<Result<_, E>>()?;
        if let Some(Some(cache)) = self.cache.get() {
            cache.prune();
        }
        Ok(problems.into_iter().flatten().collect())
    }

    /// The bytes of a processed image, or the file that holds them.
    pub(crate) fn make(&self, image: &Processed) -> Result<Contents, String> {
        image.made.get_or_init(|| self.make_now(image)).clone()
    }

    fn make_now(&self, image: &Processed) -> Result<Contents, String> {
        let original = read_original(&image.original)?;
        let process =
            || guarded(|| pixels::process(&original, &image.original, image.steps, image.format));
        let Some(cache) = self.cache() else { return process().map(Contents::Bytes) };
        let key = cache::key(&original, image.steps, image.format);
        if let Some(file) = cache.get(&key) {
            return Ok(Contents::Copy(file));
        }
        let bytes = process()?;
        Ok(match cache.put(&key, image.format.ending(), &bytes) {
            Some(file) => Contents::Copy(file),
            None => Contents::Bytes(bytes),
        })
    }

    /// What the head of a file says.
    fn head(&self, file: &Path) -> Result<Metadata, String> {
        if let Some(known) = lock(&self.heads).get(file) {
            return known.clone();
        }
        let read = guarded(|| metadata::read(file));
        lock(&self.heads).insert(file.to_path_buf(), read.clone());
        read
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What to say of an image whose head could be read, and the rest not.
fn complaint(problem: &str, original: &Path, root: &Path) -> Diagnostic {
    Diagnostic::error(format!("cannot be processed: {problem}"))
        .in_file(original.strip_prefix(root).unwrap_or(original))
        .help("save the image anew, in this or another format")
}

/// Lets no decoder end the build: a hostile file may reach a place where one gives up.
fn guarded<T>(read: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    let result = catch_unwind(AssertUnwindSafe(read));
    result.unwrap_or_else(|_| Err("the decoder gave up on it".to_owned()))
}

fn read_original(file: &Path) -> Result<Vec<u8>, String> {
    let len = file.metadata().map_err(|error| error.to_string())?.len();
    if len > MAX_ORIGINAL_BYTES {
        return Err(format!("the file has {len} bytes; the limit is 512 MiB"));
    }
    std::fs::read(file).map_err(|error| error.to_string())
}

fn fault(function: &str, message: &str) -> Error {
    Error::new(ErrorKind::InvalidOperation, format!("{function}: {message}"))
}

/// `resize_image(path, width, height, op, format, quality, speed)`.
pub(crate) fn resize_image(
    library: &Arc<Library>,
    arguments: &Arguments<'_>,
) -> Result<Value, Error> {
    let path: String = arguments.get("path")?;
    let width: Option<u32> = arguments.get("width")?;
    let height: Option<u32> = arguments.get("height")?;
    let op: Option<String> = arguments.get("op")?;
    let format: Option<String> = arguments.get("format")?;
    let quality: Option<i64> = arguments.get("quality")?;
    let speed: Option<i64> = arguments.get("speed")?;
    let fault = |message: String| fault("resize_image", &message);
    let op = Operation::of(op.as_deref().unwrap_or("fill"), width, height).map_err(fault)?;
    let format = |source| Format::of(format.as_deref().unwrap_or("auto"), quality, speed, source);
    want(library, &path, op, format).map_err(fault)
}

/// Notes down an image to be made, and says what it will be.
fn want(
    library: &Library,
    path: &str,
    op: Operation,
    format: impl Fn(Option<image::ImageFormat>) -> Result<Format, String>,
) -> Result<Value, String> {
    let original = original(library, path)?;
    let head = library.images.head(&original).map_err(|problem| format!("`{path}` {problem}"))?;
    if head.format.is_none() {
        return Err(format!("`{path}`: {} images cannot be resized", head.ending));
    }
    let format = format(head.format)?;
    let steps = op.steps(head.size)?;
    let size = steps.size.unwrap_or(head.size);
    let asked = path.replace("@/", "content/");
    let name = name::processed_name(&original, asked.trim_start_matches('/'), op, format);
    let image = Processed { original, steps, size, format, made: OnceLock::new() };
    lock(&library.images.wanted).entry(name.clone()).or_insert_with(|| Arc::new(image));
    Ok(Fields::default()
        .with("url", library.config().link(&format!("{FOLDER}{name}")))
        .with("static_path", format!("static/{FOLDER}{name}"))
        .with("width", size.width)
        .with("height", size.height)
        .with("orig_width", head.size.width)
        .with("orig_height", head.size.height)
        .into_value())
}

/// The file to be processed.
fn original(library: &Library, path: &str) -> Result<PathBuf, String> {
    match files::find(library, path)? {
        Some(Found::File(file)) => Ok(file),
        Some(_) => Err(format!("`{path}` is made by this build; name the original")),
        None => Err(files::missing(library, "image", path)),
    }
}

/// `get_image_metadata(path, allow_missing)`.
pub(crate) fn get_image_metadata(
    library: &Arc<Library>,
    arguments: &Arguments<'_>,
) -> Result<Value, Error> {
    let path: String = arguments.get("path")?;
    let allow_missing: Option<bool> = arguments.get("allow_missing")?;
    let fault = |message: String| fault("get_image_metadata", &message);
    let fields = |size: Size, format: &str, mime: &str| {
        Fields::default()
            .with("width", size.width)
            .with("height", size.height)
            .with("format", format)
            .with("mime", mime)
            .into_value()
    };
    match files::find(library, &path).map_err(fault)? {
        Some(Found::File(file)) => {
            let head = library.images.head(&file);
            let head = head.map_err(|problem| fault(format!("`{path}` {problem}")))?;
            Ok(fields(head.size, head.ending, head.mime))
        }
        Some(Found::Image(image)) => {
            Ok(fields(image.size, image.format.ending(), image.format.mime()))
        }
        Some(Found::Made(_)) => Err(fault(format!("`{path}` is a text"))),
        None if allow_missing.unwrap_or(false) => Ok(Value::from(())),
        None => Err(fault(files::missing(library, "image", &path))),
    }
}
