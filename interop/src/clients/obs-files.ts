/**
 * OBS's settings of its own, with nothing that asks or tells.
 *
 * @param more - Further lines of `[General]`.
 */
export const globalIni = (more: string): string => `[General]
FirstRun=true
Pre19Defaults=false
Pre21Defaults=false
Pre23Defaults=false
Pre24.1Defaults=false
EnableAutoUpdates=false
ConfirmOnExit=false
${more}
[Basic]
Profile=t
ProfileDir=t
SceneCollection=t
SceneCollectionFile=t
[OBSWebSocket]
FirstLoad=false
ServerEnabled=false
`

/** A scene of one colour. */
export const COLOURED_SCENE = {
  name: 't',
  current_scene: 'Scene',
  current_program_scene: 'Scene',
  scene_order: [{ name: 'Scene' }],
  sources: [
    {
      id: 'scene',
      name: 'Scene',
      settings: {
        id_counter: 1,
        custom_size: false,
        items: [{ name: 'color', id: 1, visible: true, pos: { x: 0, y: 0 }, scale: { x: 1, y: 1 } }],
      },
    },
    {
      id: 'color_source_v3',
      versioned_id: 'color_source_v3',
      name: 'color',
      settings: { color: 4278255615, width: 320, height: 180 },
    },
  ],
}
