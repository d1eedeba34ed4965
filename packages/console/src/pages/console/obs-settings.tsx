import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { CopyLine } from '../shared/copy-line.tsx'

interface ObsAnswer {
  readonly status: { readonly result: 'success' | 'warning' | 'error'; readonly html_en_us: string }
  readonly encoder_configurations?: readonly {
    readonly type: string
    readonly width: number
    readonly height: number
    readonly settings: { readonly bitrate: number }
  }[]
}

/** PCI vendor ids; OBS tells of the GPU by them. */
const GPUS = [
  ['NVIDIA', 0x10de],
  ['AMD', 0x1002],
  ['Intel', 0x8086],
  ['None (x264)', undefined],
] as const

const CANVASES = ['3840x2160', '2560x1440', '1920x1080', '1280x720'] as const
const RATES = ['60', '30'] as const

/** What OBS would ask with such a canvas and GPU. */
const question = (key: string, canvas: string, rate: string, vendor: number | undefined): object => {
  const [width = 0, height = 0] = canvas.split('x').map(Number)
  return {
    authentication: key,
    client: { name: 'obs-studio', supported_codecs: ['h264', 'h265', 'av1'] },
    capabilities: {
      cpu: { logical_cores: 12, physical_cores: 12 },
      gpu: vendor === undefined ? [] : [{ vendor_id: vendor }],
      system: { name: 'Windows' },
    },
    preferences: { canvases: [{ width, height, framerate: { numerator: Number(rate), denominator: 1 } }] },
  }
}

/** The text of what OBS shows as HTML. */
const plain = (html: string): string =>
  new DOMParser().parseFromString(html.replaceAll('<br>', '\n'), 'text/html').body.textContent ?? ''

const download = (name: string, text: string): void => {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 1000)
}

interface Place {
  /** `rtmp://host/app`. */
  readonly server: string
  readonly app: string
  readonly streamKey: string
}

/** How OBS is told to ask this server what to send, and what it would be told. */
export const ObsSettings = ({ server, app, streamKey }: Place): JSX.Element => {
  const url = `${location.origin}/_/obs/multitrack?app=${encodeURIComponent(app)}`
  const service = {
    type: 'rtmp_common',
    settings: {
      service: 'RTMP for TypeScript',
      protocol: 'RTMP',
      server,
      key: streamKey,
      multitrack_video_name: 'Enhanced Broadcasting',
      multitrack_video_configuration_url: url,
    },
  }
  return (
    <section class="panel" aria-label="Several renditions from OBS">
      <h2>Several renditions from OBS Studio (30.2 or later)</h2>
      <p class="quiet">
        “Enhanced Broadcasting”: OBS asks this server what to send, encodes every rendition itself, and
        viewers of HLS switch between them. Nothing is transcoded here.
      </p>
      <ol class="steps">
        <li>
          In OBS make a profile for it (Profile → New), open its folder (File → Show Profile Folder), and
          close OBS.
        </li>
        <li>
          Put this file there, in place of the one that has its name:{' '}
          <button
            class="button"
            type="button"
            onClick={() => download('service.json', JSON.stringify(service, undefined, 2))}
          >
            Download service.json
          </button>
        </li>
        <li>
          In <code>basic.ini</code> beside it, under <code>[Stream1]</code>, add the line below; then start
          OBS and stream.
        </li>
      </ol>
      <CopyLine label="In basic.ini" text="EnableMultitrackVideo=true" />
      <CopyLine label="OBS asks" text={url} />
      <Override app={app} streamKey={streamKey} />
    </section>
  )
}

/** The answer as text, for services of the type "Custom…", which ask nobody. */
const Override = ({ app, streamKey }: { readonly app: string; readonly streamKey: string }): JSX.Element => {
  const [canvas, setCanvas] = useState<string>('1920x1080')
  const [rate, setRate] = useState<string>('60')
  const [gpu, setGpu] = useState<string>('NVIDIA')
  const [answer, setAnswer] = useState<ObsAnswer>()
  const [problem, setProblem] = useState<string>()
  const [copied, setCopied] = useState(false)

  const ask = async (): Promise<void> => {
    setAnswer(undefined)
    setProblem(undefined)
    setCopied(false)
    const vendor = GPUS.find(([name]) => name === gpu)?.[1]
    const response = await fetch(`/_/obs/multitrack?app=${encodeURIComponent(app)}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(question(streamKey, canvas, rate, vendor)),
    }).catch(() => undefined)
    if (response?.ok !== true) {
      setProblem(
        response?.status === 404 ? 'This server tells OBS nothing (http.obs).' : 'The server did not answer.',
      )
      return
    }
    const told = (await response.json()) as ObsAnswer
    if (told.status.result === 'error') setProblem(plain(told.status.html_en_us))
    else setAnswer(told)
  }
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(JSON.stringify(answer, undefined, 2))
    setCopied(true)
  }
  const rungs = answer?.encoder_configurations ?? []
  return (
    <div class="override">
      <h3>With a “Custom…” service</h3>
      <p class="quiet">
        Such a service asks nobody: choose the computer, and paste the answer into Settings → Stream → Enable
        Config Override.
      </p>
      <div class="choices">
        <Choice label="Canvas" value={canvas} values={CANVASES} choose={setCanvas} />
        <Choice label="Frames a second" value={rate} values={RATES} choose={setRate} />
        <Choice label="GPU" value={gpu} values={GPUS.map(([name]) => name)} choose={setGpu} />
        <button class="button" type="button" onClick={() => void ask()}>
          Show renditions
        </button>
      </div>
      <p class="problem" role="alert">
        {problem}
      </p>
      {answer !== undefined && (
        <>
          <ul class="rungs">
            {rungs.map(({ type, width, height, settings }) => (
              <li key={`${height} ${type}`}>
                <b>
                  {width}×{height}
                </b>{' '}
                {settings.bitrate} kbit/s <span class="quiet">{type}</span>
              </li>
            ))}
          </ul>
          <p class="quiet">{plain(answer.status.html_en_us)}</p>
          <p class="actions">
            <button class="button" type="button" onClick={() => void copy()}>
              {copied ? 'Copied' : 'Copy JSON'}
            </button>
            <button
              class="button"
              type="button"
              onClick={() => download('config-override.json', JSON.stringify(answer, undefined, 2))}
            >
              Download JSON
            </button>
          </p>
        </>
      )}
    </div>
  )
}

const Choice = ({
  label,
  value,
  values,
  choose,
}: {
  readonly label: string
  readonly value: string
  readonly values: readonly string[]
  readonly choose: (value: string) => void
}): JSX.Element => (
  <label class="stacked">
    {label}
    <select class="field" value={value} onChange={({ currentTarget }) => choose(currentTarget.value)}>
      {values.map((each) => (
        <option key={each} value={each}>
          {each.replace(/^(\d+)x/, '$1 × ')}
        </option>
      ))}
    </select>
  </label>
)
