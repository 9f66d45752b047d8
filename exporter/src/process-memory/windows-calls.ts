// The calls into Windows through koffi, which is loaded on Windows only.

import { LeaklineError, messageOf } from '../errors.js';
import type { WindowsCalls } from './windows.js';

/** @throws LeaklineError `windows_calls` where koffi or one of the functions cannot be loaded. */
export async function loadWindowsCalls(): Promise<WindowsCalls> {
  try {
    const { default: koffi } = await import('koffi');
    const ntdll = koffi.load('ntdll.dll');
    const kernel32 = koffi.load('kernel32.dll');
    const user32 = koffi.load('user32.dll');

    // Handles are passed as integers: they are never dereferenced here, and integers compare and close plainly.
    const ntQuery = ntdll.func(
      'int32_t __stdcall NtQuerySystemInformation(int32_t infoClass, void *buffer, uint32_t size, _Out_ uint32_t *length)',
    );
    const performanceInfo = kernel32.func('int __stdcall K32GetPerformanceInfo(void *buffer, uint32_t size)');
    const openProcess = kernel32.func(
      'intptr_t __stdcall OpenProcess(uint32_t access, int inherit, uint32_t pid)',
    );
    const closeHandle = kernel32.func('int __stdcall CloseHandle(intptr_t handle)');
    const imageName = kernel32.func(
      'int __stdcall QueryFullProcessImageNameW(intptr_t handle, uint32_t flags, void *name, _Inout_ uint32_t *units)',
    );
    const guiResources = user32.func('uint32_t __stdcall GetGuiResources(intptr_t handle, uint32_t flag)');

    return {
      querySystemInformation: (infoClass, buffer) => {
        const length: [number] = [0];
        const status = Number(ntQuery(infoClass, buffer, buffer.length, length)) >>> 0;
        return { status, length: length[0] };
      },
      addressOf: (buffer) => koffi.address(buffer),
      performanceInfo: (buffer) => Number(performanceInfo(buffer, buffer.length)) !== 0,
      openProcess: (access, pid) => {
        const handle = BigInt(Number(openProcess(access, 0, pid)));
        return handle === 0n ? undefined : handle;
      },
      closeHandle: (handle) => {
        closeHandle(handle);
      },
      guiResources: (handle, flag) => Number(guiResources(handle, flag)),
      imageName: (handle, maxUnits) => {
        const name = Buffer.alloc(maxUnits * 2);
        const units: [number] = [maxUnits];
        if (Number(imageName(handle, 0, name, units)) === 0) return undefined;
        return name.toString('utf16le', 0, units[0] * 2);
      },
    };
  } catch (error) {
    throw new LeaklineError('windows_calls', `cannot call into Windows: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
