//! DIMSE shell: associations, message layer, services.
