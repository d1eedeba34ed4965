import { shownText } from '@rtmp/bytes/text'
import type { RenditionPerformance } from '@rtmp/live'
import { AggregatorRegistry, Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { ServerStats, StreamStats } from '../../contract/statistics.ts'
import { serverStats, streamStats } from '../../core/statistics.ts'
import type { HttpSubject } from './http-subject.ts'

/** Values by label. */
type Values = Iterable<readonly [string, number]>

/** Metrics as one worker tells another of them. */
export type CountedMetrics = readonly object[]

/** A metric as it is registered. */
export interface MetricDescription {
  readonly name: string
  readonly help: string
  readonly labelNames: readonly string[]
}

/** How long a sample is good for, in milliseconds. */
const SAMPLE_MS = 200

/** Metrics for Prometheus, made up when they are asked for. Names begin with `rtmp_`. */
export class Metrics {
  readonly #registry = new Registry()
  readonly #subject: HttpSubject
  #sampled: ServerStats | undefined
  #sampledAt = 0

  constructor(subject: HttpSubject, perStream: boolean) {
    this.#subject = subject
    collectDefaultMetrics({ register: this.#registry })
    this.#server()
    this.#relays()
    this.#events()
    if (perStream) this.#streams()
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  /** Every metric; nothing is collected for it. `docs/metrics.md` is written from this. */
  get described(): readonly MetricDescription[] {
    return this.#registry.getMetricsAsArray() as unknown as readonly MetricDescription[]
  }

  /** @param others - What other workers of this server have counted, to be added. */
  async text(others: readonly CountedMetrics[] = []): Promise<string> {
    if (others.length === 0) return this.#registry.metrics()
    return AggregatorRegistry.aggregate([await this.counted(), ...others] as never).metrics()
  }

  /** What is counted here, for another worker to add. */
  async counted(): Promise<CountedMetrics> {
    return this.#registry.getMetricsAsJSON()
  }

  /** One sample serves all metrics of an answer. */
  #sample(): ServerStats {
    const { core } = this.#subject
    const now = core.now()
    if (this.#sampled === undefined || now - this.#sampledAt > SAMPLE_MS) {
      this.#sampled = serverStats(core, now)
      this.#sampledAt = now
    }
    return this.#sampled
  }

  #server(): void {
    const gauge = (name: string, help: string, value: (stats: ServerStats) => number): void => {
      const stats = (): ServerStats => this.#sample()
      new Gauge({
        name,
        help,
        registers: [this.#registry],
        collect() {
          this.set(value(stats()))
        },
      })
    }
    gauge('rtmp_uptime_seconds', 'Since the server started.', ({ uptimeMs }) => uptimeMs / 1000)
    gauge('rtmp_connections', 'Clients that are connected.', ({ connections }) => connections.open)
    gauge(
      'rtmp_http_sockets',
      'Sockets of HTTP, without those that carry a client.',
      ({ http }) => http.sockets,
    )
    gauge('rtmp_streams', 'Streams that somebody publishes, plays or waits for.', ({ streams }) => streams)
    gauge('rtmp_publishers', 'Publishes that go on.', ({ publishers }) => publishers)
    gauge('rtmp_players', 'Plays that go on, of streams and of recordings.', ({ players }) => players)
    gauge(
      'rtmp_counted_bytes',
      'All that clients make the server keep, with what it costs.',
      ({ memory }) => memory.countedBytes,
    )
    gauge('rtmp_cached_bytes', 'Media kept for late joiners.', ({ memory }) => memory.cachedBytes)
    gauge('rtmp_queued_bytes', 'Media that waits for players.', ({ memory }) => memory.queuedBytes)
    const counter = (name: string, help: string, value: (stats: ServerStats) => number): void =>
      this.#counter(name, help, [], () => [['', value(this.#sample())]])
    counter('rtmp_connections_total', 'Clients that have connected.', ({ connections }) => connections.total)
    counter('rtmp_received_bytes_total', 'Bytes from clients.', ({ bytesReceived }) => bytesReceived)
    counter('rtmp_sent_bytes_total', 'Bytes to clients.', ({ bytesSent }) => bytesSent)
    counter(
      'rtmp_connections_over_limits_total',
      'Clients turned away by limits.',
      ({ connections }) => connections.turnedAway,
    )
    counter(
      'rtmp_http_requests_refused_total',
      'Requests over HTTP that were refused, because there were too many of their address.',
      ({ http }) => http.refusedRequests,
    )
    counter(
      'rtmp_shed_connections_total',
      'Clients ended to save memory.',
      ({ memory }) => memory.shedConnections,
    )
    counter(
      'rtmp_shed_caches_total',
      'Groups of pictures forgotten to save memory.',
      ({ memory }) => memory.shedCaches,
    )
  }

  #relays(): void {
    const { core } = this.#subject
    new Gauge({
      name: 'rtmp_relays',
      help: 'Streams fetched from other servers (pull) and sent to them (push).',
      labelNames: ['kind', 'state'],
      registers: [this.#registry],
      collect() {
        this.reset()
        for (const { kind, state } of core.relays()) this.inc({ kind, state })
      },
    })
  }

  #events(): void {
    const { counters } = this.#subject
    this.#counter(
      'rtmp_relays_lost_total',
      'How often relays were interrupted or refused.',
      ['kind'],
      () => counters.relaysLost,
    )
    this.#counter(
      'rtmp_connections_closed_total',
      'Connections that have ended.',
      ['reason'],
      () => counters.closed,
    )
    this.#counter('rtmp_refused_total', 'Requests that were refused.', ['request'], () => counters.refused)
    this.#counter(
      'rtmp_started_total',
      'Publishes and plays that have begun.',
      ['request'],
      () => counters.started,
    )
    this.#counter(
      'rtmp_publishes_ended_total',
      'Publishes that have ended.',
      ['reason'],
      () => counters.publishesEnded,
    )
    this.#counter('rtmp_plays_ended_total', 'Plays that have ended.', ['reason'], () => counters.playsEnded)
    const single = (name: string, help: string, value: () => number): void =>
      this.#counter(name, help, [], () => [['', value()]])
    single('rtmp_players_throttled_total', 'How often players fell behind.', () => counters.throttled)
    single('rtmp_publishers_lost_total', 'Publishers that were lost.', () => counters.publishersLost)
    single(
      'rtmp_publishers_returned_total',
      'Lost publishers that came back in time.',
      () => counters.publishersReturned,
    )
    single(
      'rtmp_turned_away_total',
      'Clients without TLS handshake or PROXY header.',
      () => counters.turnedAway,
    )
    single('rtmp_errors_total', 'What the application or the server itself threw.', () => counters.errors)
  }

  #streams(): void {
    const { core } = this.#subject
    const gauge = (name: string, help: string, value: (stats: StreamStats) => number): void => {
      new Gauge({
        name,
        help,
        labelNames: ['app', 'stream'],
        registers: [this.#registry],
        collect() {
          this.reset()
          const now = core.now()
          for (const stream of core.streams()) {
            const stats = streamStats(stream, now)
            this.set({ app: shownText(stats.app), stream: shownText(stats.streamName) }, value(stats))
          }
        },
      })
    }
    gauge('rtmp_stream_players', 'Players of a stream.', ({ players }) => players)
    gauge('rtmp_stream_published', 'Whether a stream has a publisher.', ({ publisher }) =>
      publisher ? 1 : 0,
    )
    gauge(
      'rtmp_stream_bits_per_second',
      'What the publisher sends.',
      ({ publisher }) => publisher?.bitsPerSecond ?? 0,
    )
    gauge(
      'rtmp_stream_frames_per_second',
      'Pictures that the publisher sends.',
      (stats) => stats.publisher?.framesPerSecond ?? 0,
    )
    const renditions = ({ publisher }: StreamStats): readonly RenditionPerformance[] =>
      publisher?.performance?.renditions ?? []
    gauge(
      'rtmp_stream_encoder_lagged_frames',
      'Pictures that the publisher’s machine rendered too late (OBS tells it).',
      ({ publisher }) => publisher?.performance?.lagged ?? 0,
    )
    gauge(
      'rtmp_stream_encoder_dropped_frames',
      'Pictures that the publisher could not send (OBS tells it).',
      ({ publisher }) => publisher?.performance?.dropped ?? 0,
    )
    gauge(
      'rtmp_stream_encoder_skipped_frames',
      'Pictures that the publisher’s encoders left out, over all renditions (OBS tells it).',
      (stats) => renditions(stats).reduce((sum, { skipped }) => sum + skipped, 0),
    )
    gauge(
      'rtmp_stream_encode_seconds',
      'How long the slowest of the publisher’s encoders takes for a picture (OBS tells it).',
      (stats) => Math.max(0, ...renditions(stats).map(({ encodeMs }) => encodeMs ?? 0)) / 1000,
    )
    gauge(
      'rtmp_stream_cached_bytes',
      'Media kept for late joiners of a stream.',
      ({ cachedBytes }) => cachedBytes,
    )
    gauge(
      'rtmp_stream_queue_seconds',
      'How far its slowest player is behind.',
      ({ queue }) => queue.ms / 1000,
    )
  }

  /** A counter that is counted elsewhere. */
  #counter(name: string, help: string, labelNames: readonly string[], values: () => Values): void {
    new Counter({
      name,
      help,
      labelNames: [...labelNames],
      registers: [this.#registry],
      collect() {
        this.reset()
        for (const [label, value] of values()) {
          if (labelNames.length === 0) this.inc(value)
          else this.inc({ [labelNames[0] as string]: label }, value)
        }
      },
    })
  }
}
