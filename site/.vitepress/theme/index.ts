// The theme that VitePress has, with tables that fit a phone.
import DefaultTheme from 'vitepress/theme'
import './tables.css'

export default DefaultTheme
