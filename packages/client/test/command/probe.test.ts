import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import type { ProbeReport } from '../../src/command/probe-report.ts'
import { root, run, sample } from './support/run.ts'

const probe = async (name: string): Promise<ProbeReport> =>
  (await run(['probe', sample(name)])).json()[0] as unknown as ProbeReport

describe('rtmp probe of a file', () => {
  it('answers people', async () => {
    const { code, stdout } = await run(['probe', sample('h264-aac.flv'), '--text'])
    expect(code).toBe(0)
    expect(stdout.replace(sample(''), '')).toMatchInlineSnapshot(`
      "h264-aac.flv
        Format        FLV
        Duration      0:04.069
        Size          108 kB
        Bitrate       205 kbit/s

        Video: H.264
        Is            High, level 1.3, 320x180, 25 fps
        Codec string  avc1.64000d
        Bitrate       141 kbit/s
        Frames        100, 4 key frames, B-frames
        GOP           1 s, 25 frames

        Audio: AAC
        Is            AAC LC, 48 kHz, mono
        Codec string  mp4a.40.2
        Bitrate       64.5 kbit/s
        Frames        189

        Data          onMetaData (1)
        onMetaData    duration 4.08, width 320, height 180, videodatarate 292.96875, framerate 25,
                      videocodecid 7, audiodatarate 62.5, audiosamplerate 48000,
                      audiosamplesize 16, stereo false, audiocodecid 10, encoder 'Lavf63.1.102',
                      filesize 108436
      "
    `)
  })

  it('answers programs when piped', async () => {
    const report = await probe('h264-aac.flv')
    expect(report).toMatchObject({
      source: sample('h264-aac.flv'),
      format: 'flv',
      fileBytes: 108_436,
      problems: [],
      data: { onMetaData: 1 },
      metadata: { width: 320, encoder: expect.any(String) },
    })
    expect(report.tracks[0]).toMatchObject({
      kind: 'video',
      trackId: 0,
      codec: 'h264',
      codecString: 'avc1.64000d',
      width: 320,
      height: 180,
      frames: 100,
      keyFrames: 4,
      gop: { count: 3, frames: { min: 25, mean: 25, max: 25 }, ms: { min: 1000, mean: 1000, max: 1000 } },
      reordered: true,
      measuredFrameRate: 25,
    })
    expect(report.tracks[1]).toMatchObject({ kind: 'audio', codec: 'aac', sampleRate: 48_000, channels: 1 })
  })

  it.each([
    ['aac-only.flv', ['aac']],
    ['av1-opus.flv', ['av1', 'opus']],
    ['vp9-opus.flv', ['vp9', 'opus']],
    ['h264-ac3.flv', ['h264', 'ac3']],
    ['h264-eac3.flv', ['h264', 'eac3']],
    ['h264-flac.flv', ['h264', 'flac']],
    ['h264-mp3.flv', ['h264', 'mp3']],
    ['hevc-aac.flv', ['hevc', 'aac']],
    ['legacy-flv1-mp3.flv', ['flv1', 'mp3']],
    ['multitrack-h264-hevc-aac-opus.flv', ['h264', 'hevc', 'aac', 'opus']],
    ['multitrack-h264x2-aacx2.flv', ['h264', 'h264', 'aac', 'aac']],
  ])('names the codecs of %s', async (name, codecs) => {
    const { tracks, problems } = await probe(name)
    expect(tracks.map(({ codec }) => codec)).toEqual(codecs)
    expect(problems).toEqual([])
    for (const track of tracks) {
      expect(track.frames).toBeGreaterThan(0)
      expect(track.bitsPerSecond).toBeGreaterThan(0)
      if (track.kind === 'video') expect(track.width).toBeGreaterThan(0)
    }
  })

  it('is not misled by timestamps that wrap', async () => {
    const { durationMs, bitsPerSecond } = await probe('h264-aac-ts-rollover.flv')
    const plain = await probe('h264-aac.flv')
    expect(durationMs).toBe(plain.durationMs)
    expect(bitsPerSecond).toBe(plain.bitsPerSecond)
  })

  it('tells of damage', async () => {
    const bytes = await readFile(sample('h264-aac.flv'))
    const stdin = [bytes.subarray(0, 50_000)]
    const { code, json } = await run(['probe', '-'], { stdin })
    expect(code).toBe(0)
    expect(json()[0]).toMatchObject({
      source: 'standard input',
      problems: [expect.stringMatching(/^truncated at byte \d+: \d+ bytes$/)],
    })
  })

  it('says what to do with other files', async () => {
    const { code, stderr } = await run(['probe', `${root}README.md`])
    expect(code).toBe(5)
    expect(stderr).toBe(
      'The input is no FLV: an FLV file begins with "FLV"; other files are converted by ffmpeg -i FILE -c copy out.flv.\n',
    )
  })
})
