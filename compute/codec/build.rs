//! Builds the C face of OpenJPH's encoder, whose own face is C++.

use std::path::Path;

fn main() {
    println!("cargo:rerun-if-changed=src/openjph.cpp");
    assert!(
        ["/usr/include", "/usr/local/include"].iter().any(|folder| Path::new(folder).join("openjph").is_dir()),
        "the headers of OpenJPH are missing: tools/install.sh build (Debian: libopenjph-dev)"
    );
    cc::Build::new().cpp(true).std("c++17").file("src/openjph.cpp").compile("openjph_face");
    println!("cargo:rustc-link-lib=openjph");
}
