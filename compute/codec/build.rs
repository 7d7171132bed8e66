//! Builds the C faces of OpenJPH's encoder, whose own face is C++, and of libjxl's, whose structures are the header's business.

use std::path::Path;

fn main() {
    println!("cargo:rerun-if-changed=src/openjph.cpp");
    println!("cargo:rerun-if-changed=src/libjxl.c");
    for (folder, package) in [("openjph", "libopenjph-dev"), ("jxl", "libjxl-dev")] {
        assert!(
            ["/usr/include", "/usr/local/include"].iter().any(|parent| Path::new(parent).join(folder).is_dir()),
            "the headers in {folder} are missing: tools/install.sh build (Debian: {package})"
        );
    }
    cc::Build::new().cpp(true).std("c++17").file("src/openjph.cpp").compile("openjph_face");
    cc::Build::new().std("c11").file("src/libjxl.c").compile("libjxl_face");
    println!("cargo:rustc-link-lib=openjph");
    println!("cargo:rustc-link-lib=jxl");
}
