//! Whether an encoder records spans. The full module has an encoder for each answer, and the small module one that asks.

/// The answer to whether tokens have spans.
pub(crate) trait SpanMode: Copy {
    /// Returns whether tokens have spans. A constant, except for [`SpansIf`].
    fn has_spans(self) -> bool;
}

/// Tokens have spans.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WithSpans;

/// Tokens have no spans.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WithoutSpans;

/// Tokens have spans if the value is true.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SpansIf(pub(crate) bool);

impl SpanMode for WithSpans {
    #[inline]
    fn has_spans(self) -> bool {
        true
    }
}

impl SpanMode for WithoutSpans {
    #[inline]
    fn has_spans(self) -> bool {
        false
    }
}

impl SpanMode for SpansIf {
    #[inline]
    fn has_spans(self) -> bool {
        self.0
    }
}

/// Evaluates an expression with a [`SpanMode`]: `in_span_mode!(spans, mode => work(mode))`.
macro_rules! in_span_mode {
    ($spans:expr, $mode:ident => $work:expr) => {
        if !$crate::FAST_PATHS {
            let $mode = $crate::span_mode::SpansIf($spans);
            $work
        } else if $spans {
            let $mode = $crate::span_mode::WithSpans;
            $work
        } else {
            let $mode = $crate::span_mode::WithoutSpans;
            $work
        }
    };
}
pub(crate) use in_span_mode;
