/** A headless Chromium without traffic of its own. */
import { chromium } from 'playwright-core';

const EXECUTABLE = process.env.WOODBLOCK_CHROMIUM ?? process.env.CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-default-apps', '--no-default-browser-check',
  '--ignore-certificate-errors',
];

export const openBrowser = () => chromium.launch({ executablePath: EXECUTABLE, args: FLAGS, headless: true });
