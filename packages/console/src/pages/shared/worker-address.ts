/** Makes the worker of a player, whose address the build has written into the page. */
export const playerWorker = (): Worker => {
  const meta = document.querySelector<HTMLMetaElement>('meta[name="player-worker"]')
  return new Worker(meta?.content ?? '', { type: 'module' })
}
