/** Metrics of the server, in the text format of Prometheus. Names that text-embeddings-inference has, too, start with `te_`. */
export interface Metrics {
  /** Adds to a counter. @param amount number to add; 1 by default */
  count(name: CounterName, labels?: Labels, amount?: number): void;
  /** Adds a value to a histogram. */
  observe(name: HistogramName, value: number, labels?: Labels): void;
  /** Returns all metrics, and the current values of the gauges. */
  render(gauges: Readonly<Partial<Record<GaugeName, number>>>): string;
}

export type Labels = Readonly<Record<string, string>>;

const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const sizes = [1, 2, 4, 8, 16, 32, 64, 128, 256];
const tokens = [16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384];

const counters = {
  te_request_count: "Requests to models",
  te_request_success: "Requests to models that were answered",
  te_request_failure: "Requests that were answered with an error, by type",
  te_predict_count: "Classified texts",
  te_embed_count: "Embedded texts",
  bertie_http_responses: "Responses, by path and status",
  bertie_canceled_requests: "Requests whose client left before the answer",
  bertie_reloads: "Reloads of models, by result",
} as const;

const gauges = {
  te_queue_size: "Texts that wait for a batch",
  bertie_active_requests: "Requests in progress",
  bertie_resident_memory_bytes: "Memory of the process",
} as const;

const histograms = {
  te_request_duration: { help: "Time to answer a request, in seconds", buckets: seconds },
  te_request_tokenization_duration: { help: "Time to tokenize the texts of a request, in seconds", buckets: seconds },
  te_request_queue_duration: { help: "Mean time that the texts of a request waited, in seconds", buckets: seconds },
  te_request_inference_duration: { help: "Mean time of the batches of a request, in seconds", buckets: seconds },
  te_request_input_length: { help: "Tokens per text, the mean of each request", buckets: tokens },
  te_batch_next_size: { help: "Texts per batch", buckets: sizes },
  te_batch_next_tokens: { help: "Tokens per batch, with padding", buckets: tokens },
} as const;

type CounterName = keyof typeof counters;
type GaugeName = keyof typeof gauges;
type HistogramName = keyof typeof histograms;

interface Histogram {
  readonly counts: number[];
  sum: number;
  count: number;
}

/** Creates metrics whose counters are 0. */
export function createMetrics(): Metrics {
  const counts = new Map<CounterName, Map<string, number>>();
  const observed = new Map<HistogramName, Map<string, Histogram>>();
  return {
    count(name, labels = {}, amount = 1) {
      const series = seriesOf(counts, name);
      const key = formatLabels(labels);
      series.set(key, (series.get(key) ?? 0) + amount);
    },
    observe(name, value, labels = {}) {
      const series = seriesOf(observed, name);
      const key = formatLabels(labels);
      const { buckets } = histograms[name];
      const histogram = series.get(key) ?? { counts: buckets.map(() => 0), sum: 0, count: 0 };
      series.set(key, histogram);
      const bucket = buckets.findIndex((limit) => value <= limit);
      if (bucket >= 0) histogram.counts[bucket]!++;
      histogram.sum += value;
      histogram.count++;
    },
    render(values) {
      const lines: string[] = [];
      for (const [name, help] of Object.entries(counters) as [CounterName, string][]) {
        lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} counter`);
        for (const [labels, count] of counts.get(name) ?? []) lines.push(`${name}${braces(labels)} ${count}`);
      }
      for (const [name, help] of Object.entries(gauges) as [GaugeName, string][]) {
        const value = values[name];
        if (value !== undefined) lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, `${name} ${value}`);
      }
      for (const [name, { help, buckets }] of Object.entries(histograms) as [HistogramName, HistogramSpec][]) {
        lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} histogram`);
        for (const [labels, { counts, sum, count }] of observed.get(name) ?? []) {
          let total = 0;
          for (const [i, limit] of buckets.entries()) {
            total += counts[i]!;
            lines.push(`${name}_bucket${braces(labels, `le="${limit}"`)} ${total}`);
          }
          lines.push(`${name}_bucket${braces(labels, 'le="+Inf"')} ${count}`);
          lines.push(`${name}_sum${braces(labels)} ${sum}`, `${name}_count${braces(labels)} ${count}`);
        }
      }
      return `${lines.join("\n")}\n`;
    },
  };
}

type HistogramSpec = { readonly help: string; readonly buckets: readonly number[] };

function seriesOf<N, S>(all: Map<N, Map<string, S>>, name: N): Map<string, S> {
  const series = all.get(name) ?? new Map<string, S>();
  all.set(name, series);
  return series;
}

function formatLabels(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${value.replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/\n/g, "\\n")}"`)
    .join(",");
}

function braces(...parts: string[]): string {
  const given = parts.filter((part) => part !== "");
  return given.length === 0 ? "" : `{${given.join(",")}}`;
}
