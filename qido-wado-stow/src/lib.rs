//! DICOMweb shell: QIDO-RS, WADO-RS and STOW-RS on actix-web.
