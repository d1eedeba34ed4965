// Opens an FLV file in a web page:
// 1. read it as a Web Stream, tag by tag (readFlv), through any damage;
// 2. say what each tag is and which tracks there are (inspect.ts);
// 3. put H.264 and AAC into an MP4 (remux.ts) and play it through Media Source Extensions.
import { isDecodeError } from '@rtmp/bytes'
import { FlvReader, type FlvTag, readFlv } from '@rtmp/flv'
import { describeTag, findTracks, isKeyTag, type Track } from './inspect.ts'
import { type Movie, remux } from './remux.ts'

const byId = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T
const drop = byId('drop')
const player = byId<HTMLVideoElement>('player')
const status = byId('status')

const MAX_ROWS = 5000
const TYPES: Readonly<Record<number, string>> = { 8: 'audio', 9: 'video', 15: 'script (AMF3)', 18: 'script' }

const cell = (text: string | number): HTMLTableCellElement => {
  const element = document.createElement('td')
  element.textContent = String(text)
  if (typeof text === 'number') element.className = 'number'
  return element
}

const row = (className: string, ...cells: (string | number)[]): HTMLTableRowElement => {
  const element = document.createElement('tr')
  element.className = className
  element.append(...cells.map(cell))
  return element
}

const show = (tags: readonly FlvTag[], tracks: readonly Track[]): void => {
  byId('tracks').replaceChildren(...tracks.map(({ kind, text, codec = '' }) => row('', kind, text, codec)))
  const rows = tags.slice(0, MAX_ROWS).map((tag) => {
    const type = TYPES[tag.typeId] ?? `type ${tag.typeId}`
    const marks = tag.notices === 0 ? '' : ` (notices ${tag.notices})`
    const className = isKeyTag(tag) ? 'key' : ''
    return row(className, tag.offset, tag.timestamp, tag.payload.length, type, describeTag(tag) + marks)
  })
  byId('rows').replaceChildren(...rows)
}

const play = async ({ mimeType, bytes }: Movie): Promise<void> => {
  if (!MediaSource.isTypeSupported(mimeType)) throw new Error(`this browser does not play ${mimeType}`)
  const source = new MediaSource()
  player.src = URL.createObjectURL(source)
  await new Promise((opened) => source.addEventListener('sourceopen', opened, { once: true }))
  const buffer = source.addSourceBuffer(mimeType)
  const done = new Promise((updated) => buffer.addEventListener('updateend', updated, { once: true }))
  buffer.appendBuffer(bytes)
  await done
  source.endOfStream()
  await player.play()
}

const open = async (file: File): Promise<void> => {
  status.className = ''
  status.textContent = `reading ${file.name} …`
  const reader = new FlvReader({ header: 'optional' })
  const tags: FlvTag[] = []
  try {
    for await (const tag of readFlv(file.stream(), reader)) tags.push(tag)
    const tracks = findTracks(tags)
    show(tags, tracks)
    const faults = reader.damages.map(({ kind, offset, length }) => `${kind} at ${offset}, ${length} bytes`)
    status.textContent = [`${file.name}: ${tags.length} tags`, ...faults].join('; ')
    const movie = await remux(tags, tracks)
    if (movie === undefined) status.textContent += '; neither H.264 nor AAC to play'
    else await play(movie)
  } catch (error) {
    if (!isDecodeError(error) && !(error instanceof Error)) throw error
    status.className = 'bad'
    status.textContent = error.message
  }
}

const openFirst = (files: FileList | null | undefined): void => {
  const file = files?.[0]
  if (file !== undefined) void open(file)
}

byId<HTMLInputElement>('file').addEventListener('change', (event) => {
  openFirst((event.target as HTMLInputElement).files)
})
for (const type of ['dragenter', 'dragover', 'dragleave', 'drop'] as const) {
  drop.addEventListener(type, (event) => {
    event.preventDefault()
    drop.classList.toggle('over', type === 'dragenter' || type === 'dragover')
    if (type === 'drop') openFirst(event.dataTransfer?.files)
  })
}
