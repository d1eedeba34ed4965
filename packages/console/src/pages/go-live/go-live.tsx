// Publishes a camera or a screen from the browser: WebCodecs encode, RTMP goes over a WebSocket to this server.
// The stream stands in the address (/_/go-live#live/camera) or is typed.
import { type JSX, render } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import '../shared/theme.css'
import './go-live.css'
import { bitrate, byteSize, duration } from '../shared/format.ts'
import { Broadcast, type BroadcastStats } from './broadcast.ts'
import { lacking } from './track-reader.ts'
import { type PictureWish, type VideoCodec, videoCodecs } from './video-codecs.ts'

type Source = 'camera' | 'screen'

const SIZES = {
  '1080': { width: 1920, height: 1080, bitrate: 4_500_000 },
  '720': { width: 1280, height: 720, bitrate: 2_500_000 },
  '480': { width: 854, height: 480, bitrate: 1_200_000 },
  '360': { width: 640, height: 360, bitrate: 700_000 },
} as const

const RATE = 30

const GoLive = (): JSX.Element => {
  const preview = useRef<HTMLVideoElement>(null)
  const [stream, setStream] = useState(decodeURIComponent(location.hash.slice(1)) || 'live/camera')
  const [size, setSize] = useState<keyof typeof SIZES>('720')
  const [codecs, setCodecs] = useState<readonly VideoCodec[]>([])
  const [codecName, setCodecName] = useState('')
  const [media, setMedia] = useState<MediaStream>()
  const [broadcast, setBroadcast] = useState<Broadcast>()
  const [stats, setStats] = useState<BroadcastStats>()
  const [said, setSaid] = useState('')
  const [busy, setBusy] = useState(false)
  const missing = lacking()
  const wish: PictureWish = { ...SIZES[size], framerate: RATE }

  useEffect(() => {
    if (missing.length > 0) return
    void videoCodecs(wish).then(setCodecs)
  }, [size])
  useEffect(() => {
    if (preview.current !== null) preview.current.srcObject = media ?? null
  }, [media])
  useEffect(() => {
    if (broadcast === undefined) return
    const timer = setInterval(() => setStats(broadcast.stats), 500)
    return () => clearInterval(timer)
  }, [broadcast])

  const choose = async (source: Source): Promise<void> => {
    const video = { width: { ideal: wish.width }, height: { ideal: wish.height }, frameRate: { ideal: RATE } }
    try {
      const { mediaDevices } = navigator
      const chosen =
        source === 'camera'
          ? await mediaDevices.getUserMedia({ video, audio: true })
          : await mediaDevices.getDisplayMedia({ video, audio: true })
      for (const track of media?.getTracks() ?? []) track.stop()
      setMedia(chosen)
      setSaid('')
    } catch (error) {
      setSaid(wordsOf(error))
    }
  }
  const begin = async (): Promise<void> => {
    const codec = codecs.find(({ name }) => name === codecName) ?? codecs[0]
    if (media === undefined || codec === undefined) return
    setBusy(true)
    setSaid('Connecting.')
    try {
      const settings = media.getVideoTracks()[0]?.getSettings()
      const width = settings?.width ?? wish.width
      const height = settings?.height ?? wish.height
      // Encoders of 4:2:0 want even sizes.
      const config = { ...codec.config, width: width & ~1, height: height & ~1 }
      const begun = await Broadcast.begin({
        media,
        codec: { ...codec, config },
        wish: { ...wish, width, height },
        stream,
        log: ({ level, text }) => {
          if (level !== 'debug') setSaid(text)
        },
        fail: (error) => setSaid(error.message),
      })
      setBroadcast(begun)
      begun.publisher.finished.then(
        () => setBroadcast(undefined),
        (error: unknown) => {
          setSaid(wordsOf(error))
          setBroadcast(undefined)
        },
      )
    } catch (error) {
      setSaid(wordsOf(error))
    } finally {
      setBusy(false)
    }
  }
  const end = async (): Promise<void> => {
    setBusy(true)
    await broadcast?.end()
    setBroadcast(undefined)
    setStats(undefined)
    setSaid('The stream has ended.')
    setBusy(false)
  }

  const isLive = broadcast !== undefined
  const page = `/${stream.split('?')[0]}`
  return (
    <main class="go-live">
      <header class="bar">
        <h1>Go live</h1>
        <span class={isLive ? 'badge live' : 'badge'}>{isLive ? 'Live' : 'Not live'}</span>
      </header>
      {missing.length > 0 && (
        <p class="lacking" role="alert">
          This browser cannot publish. It lacks: {missing.join('; ')}. Chrome and Edge can.
        </p>
      )}
      <div class="studio">
        <div class="stage">
          <video ref={preview} autoplay muted playsInline aria-label="Preview" />
          {media === undefined && <p class="hint">Choose a camera or a screen to see it here.</p>}
        </div>
        <div class="side">
          <div class="sources" role="group" aria-label="Source">
            <button
              class="button"
              type="button"
              disabled={isLive || missing.length > 0}
              onClick={() => void choose('camera')}
            >
              Camera
            </button>
            <button
              class="button"
              type="button"
              disabled={isLive || missing.length > 0}
              onClick={() => void choose('screen')}
            >
              Screen
            </button>
          </div>
          <label class="stacked">
            Publish as
            <input
              class="field"
              value={stream}
              disabled={isLive}
              spellcheck={false}
              onInput={({ currentTarget }) => setStream(currentTarget.value.replace(/^\/+/, ''))}
            />
          </label>
          <div class="pair">
            <label class="stacked">
              Size
              <select
                class="field"
                value={size}
                disabled={isLive}
                onChange={({ currentTarget }) => setSize(currentTarget.value as keyof typeof SIZES)}
              >
                {Object.entries(SIZES)
                  .toReversed()
                  .map(([name]) => (
                    <option key={name} value={name}>
                      {name}p
                    </option>
                  ))}
              </select>
            </label>
            <label class="stacked">
              Codec
              <select
                class="field"
                value={codecName || codecs[0]?.name}
                disabled={isLive}
                onChange={({ currentTarget }) => setCodecName(currentTarget.value)}
              >
                {codecs.map(({ name, title }) => (
                  <option key={name} value={name}>
                    {title}
                  </option>
                ))}
              </select>
            </label>
          </div>
          {isLive ? (
            <button class="button stop" type="button" disabled={busy} onClick={() => void end()}>
              End the stream
            </button>
          ) : (
            <button
              class="button main"
              type="button"
              disabled={busy || media === undefined || codecs.length === 0}
              onClick={() => void begin()}
            >
              Go live
            </button>
          )}
          <p class="said" role="status">
            {said}
          </p>
          {isLive && (
            <dl class="numbers">
              <Number label="On air" value={duration((stats?.seconds ?? 0) * 1000)} />
              <Number label="Bitrate" value={bitrate(stats?.bitsPerSecond ?? 0)} />
              <Number label="Pictures" value={String(stats?.pictures ?? 0)} />
              <Number label="Left out" value={String(stats?.leftOut ?? 0)} />
              <Number label="Waiting" value={byteSize(stats?.waitingBytes ?? 0)} />
            </dl>
          )}
          {isLive && (
            <p>
              <a href={page} target="_blank" rel="noreferrer">
                Open the watch page
              </a>
            </p>
          )}
        </div>
      </div>
    </main>
  )
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const Number = ({ label, value }: { readonly label: string; readonly value: string }): JSX.Element => (
  <div>
    <dt>{label}</dt>
    <dd>{value}</dd>
  </div>
)

document.title = 'Go live'
render(<GoLive />, document.body)
