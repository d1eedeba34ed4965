import { jsonValue } from './json-value.ts'
import type { Paint } from './paint.ts'
import type { LiveReport, ProbeReport } from './probe-report.ts'
import { count, formatBitrate, formatBytes, formatNumber, formatTime } from './quantity.ts'
import { factsText } from './record-line.ts'
import { safeText } from './safe-text.ts'
import { valueText } from './value-text.ts'
import type { Spread } from './spread.ts'
import type { TrackReport } from './track-facts.ts'

const LABEL = 14

/** A report for people, without the last line end. */
export const probeText = (report: ProbeReport, paint: Paint): string => {
  const { source, durationMs, bitsPerSecond, tracks, metadata, data, problems, live, fileBytes } = report
  const lines = [
    paint.strong(safeText(source)),
    row('Format', report.format === 'flv' ? 'FLV' : 'RTMP, live'),
    row(live === undefined ? 'Duration' : 'Watched', formatTime(durationMs)),
    ...(fileBytes === undefined ? [] : [row('Size', formatBytes(fileBytes))]),
    row('Bitrate', formatBitrate(bitsPerSecond)),
  ]
  if (tracks.length === 0) lines.push(row('Tracks', 'none'))
  for (const track of tracks) lines.push('', ...trackLines(track, paint))
  if (live !== undefined) lines.push('', ...liveLines(live, paint))
  const names = Object.entries(data).map(([name, times]) => `${name} (${times})`)
  if (names.length > 0) lines.push('', row('Data', safeText(names.join(', '))))
  if (metadata !== null) lines.push(...metadataLines(metadata))
  for (const problem of problems) lines.push(row('Problem', paint.bad(safeText(problem))))
  return lines.join('\n')
}

const row = (label: string, text: string): string => `  ${label.padEnd(LABEL)}${text}`

const trackLines = (track: TrackReport, paint: Paint): string[] => {
  const { kind, trackId, title, form, frames, keyFrames, gop, measuredFrameRate, reordered } = track
  const name = `${kind === 'video' ? 'Video' : 'Audio'}${trackId === 0 ? '' : `, track ${trackId}`}`
  const changes = track.configurationChanges
  const facts = factsText(track)
  const stated = track.frameRate
  const rate =
    measuredFrameRate === undefined || stated !== undefined
      ? ''
      : `, ${formatNumber(measuredFrameRate)} fps measured`
  return [
    paint.accent(`  ${name}: ${safeText(title)}${form === 'enhanced' ? ' (enhanced)' : ''}`),
    ...(facts === '' && rate === '' ? [] : [row('Is', `${facts}${rate}`.replace(/^, /, ''))]),
    ...(track.codecString === undefined ? [] : [row('Codec string', track.codecString)]),
    row('Bitrate', formatBitrate(track.bitsPerSecond)),
    row(
      'Frames',
      `${frames}${keyFrames === undefined ? '' : `, ${count(keyFrames, 'key frame')}`}${reordered === true ? ', B-frames' : ''}`,
    ),
    ...(gop === undefined ? [] : [row('GOP', `${spread(gop.ms, seconds)} s, ${spread(gop.frames)} frames`)]),
    ...(hasColor(track) ? [row('Colour', valueText(jsonValue(track.color)))] : []),
    ...(changes === 0 ? [] : [row('Changes', count(changes, 'change') + ' of configuration')]),
  ]
}

const hasColor = ({ color }: TrackReport): boolean =>
  Object.values(color ?? {}).some((part: object) => Object.keys(part).length > 0)

const seconds = (ms: number): string => formatNumber(ms / 1000)

const spread = (
  { min, mean, max }: Spread,
  show: (value: number) => string = (value) => formatNumber(value, 1),
): string => (show(min) === show(max) ? show(mean) : `${show(mean)} (${show(min)} to ${show(max)})`)

const liveLines = (live: LiveReport, paint: Paint): string[] => {
  const { startedMs, firstFrameMs, firstKeyFrameMs, behindLiveMs, jitterMs, rttMs, latencyMs } = live
  const ms = (value: number): string => `${formatNumber(value, 1)} ms`
  return [
    paint.accent('  Delivery'),
    row('Start', `${ms(startedMs)} to connect and play`),
    row(
      'First frame',
      firstFrameMs === null
        ? 'none came'
        : `after ${ms(firstFrameMs)}${firstKeyFrameMs === null ? '' : `, key frame after ${ms(firstKeyFrameMs)}`}`,
    ),
    ...(behindLiveMs === null
      ? []
      : [row('Kept', `${formatNumber(behindLiveMs / 1000)} s of past stream sent at the start`)]),
    ...(jitterMs === null
      ? []
      : [row('Jitter', `${ms(jitterMs.mean)} on average, ${ms(jitterMs.max)} at most`)]),
    ...(rttMs === null ? [] : [row('Round trip', ms(rttMs))]),
    ...(latencyMs === null
      ? []
      : [
          row(
            'Latency',
            `${ms(latencyMs.mean)} from the publisher (${ms(latencyMs.min)} to ${ms(latencyMs.max)})`,
          ),
        ]),
  ]
}

const metadataLines = (metadata: ProbeReport['metadata']): string[] => {
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) {
    return [row('onMetaData', valueText(metadata))]
  }
  const entries = Object.entries(metadata).filter(([name]) => name !== 'keyframes')
  const texts = entries.map(([name, value]) => `${safeText(name)} ${valueText(value)}`)
  return linesOf(texts).map((text, at) => row(at === 0 ? 'onMetaData' : '', text))
}

const WIDTH = 76

/** Texts with commas between, in lines that are not too long. */
const linesOf = (texts: readonly string[]): string[] => {
  const lines: string[] = []
  let line = ''
  for (const text of texts) {
    if (line !== '' && line.length + text.length + 2 > WIDTH) {
      lines.push(`${line},`)
      line = ''
    }
    line += line === '' ? text : `, ${text}`
  }
  return [...lines, line === '' ? 'empty' : line]
}
