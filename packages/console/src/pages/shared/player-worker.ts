// The worker of the players on these pages.
import '@rtmp/player/worker'
