// Frames of a camera or a microphone, one after the other.

/** What Chromium has for it; the types of pages do not know it. */
interface TrackProcessor<Data> {
  readonly readable: ReadableStream<Data>
}

type TrackProcessorMaker = new <Data>(init: { readonly track: MediaStreamTrack }) => TrackProcessor<Data>

const maker = (): TrackProcessorMaker | undefined =>
  (globalThis as { readonly MediaStreamTrackProcessor?: TrackProcessorMaker }).MediaStreamTrackProcessor

/** What this browser lacks for publishing, in words; nothing where it lacks nothing. */
export const lacking = (): readonly string[] =>
  (
    [
      ['WebCodecs', 'VideoEncoder' in globalThis && 'AudioEncoder' in globalThis],
      ['frames of cameras in a stream (MediaStreamTrackProcessor)', maker() !== undefined],
      ['cameras (pages need https away from localhost)', navigator.mediaDevices !== undefined],
    ] as const
  )
    .filter(([, has]) => !has)
    .map(([what]) => what)

/** Calls `take` with each frame, which closes it, until the signal is aborted or the track has ended. */
export const readTrack = async <Data extends VideoFrame | AudioData>(
  track: MediaStreamTrack,
  take: (data: Data) => void,
  signal: AbortSignal,
): Promise<void> => {
  const Processor = maker()
  if (Processor === undefined) throw new Error('this browser gives no frames of a camera')
  const reader = new Processor<Data>({ track }).readable.getReader()
  const stop = (): void => void reader.cancel().catch(() => undefined)
  signal.addEventListener('abort', stop, { once: true })
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    take(value)
  }
}
