"""Where the packaged fonts lie: Source Sans Pro, full, for papers; cut for the web by `build_assets`."""

from importlib.resources import files

_FILES = files("font_source_sans_pro") / "files"
FONT_FILES = {
    400: _FILES / "SourceSansPro-Regular.ttf",
    600: _FILES / "SourceSansPro-Semibold.ttf",
    700: _FILES / "SourceSansPro-Bold.ttf",
}
LICENCE = _FILES / "LICENSE.txt"
