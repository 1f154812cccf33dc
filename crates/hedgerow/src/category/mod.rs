//! Categories and taxonomies as versioned data.
