import { existsSync } from 'node:fs'
import { type Browser, chromium, type Page } from 'playwright'
import { printedVersion, probeOnce, type RealClient } from '../../src/availability.ts'

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'

/** A real browser, whose cameras are drawn and whose user allows them. */
export const chromiumBrowser: RealClient = {
  name: 'Chromium',
  availability: probeOnce(
    () => (existsSync(executablePath) ? undefined : `there is no browser at ${executablePath}`),
    () => printedVersion(executablePath, ['--version']),
  ),
}

export const launchBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-dev-shm-usage',
      '--disable-gpu',
      '--disable-background-networking',
      '--use-fake-ui-for-media-stream',
      '--use-fake-device-for-media-stream',
    ],
  })

/** What a page complained of: exceptions, and what its policy forbids it. */
export const complaintsOf = (page: Page): string[] => {
  const complaints: string[] = []
  page.on('pageerror', ({ message }) => complaints.push(message))
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      complaints.push(message.text())
  })
  return complaints
}

/** The first video of a page, as it stands. */
export const videoOf = (
  page: Page,
): Promise<{ time: number; frames: number; corrupted: number; width: number }> =>
  page.evaluate(`(() => {
    const video = document.querySelector('video')
    const quality = video.getVideoPlaybackQuality()
    const { totalVideoFrames: frames, corruptedVideoFrames: corrupted } = quality
    return { time: video.currentTime, frames, corrupted, width: video.videoWidth }
  })()`)
