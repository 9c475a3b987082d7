//! One HTTP/1.1 exchange over any `embedded_io_async` stream, every size bounded.
