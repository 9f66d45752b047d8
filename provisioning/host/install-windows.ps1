# The exporter on a Windows server, started with the system as LocalSystem, which sees the memory of every process.
# Needs Node 20.19 or newer for all users (nodejs.org). In an elevated PowerShell, beside the package that `npm run pack` made:
#
#   powershell -ExecutionPolicy Bypass -File install-windows.ps1 -Package leakline-0.1.0.tgz
#
# Run again with a newer package it updates; configuration and captures stay. To remove it:
#
#   Stop-ScheduledTask Leakline; Unregister-ScheduledTask Leakline
#
# Uses what Windows Server 2016 and newer bring: icacls and the task scheduler.

#Requires -Version 5.1
#Requires -RunAsAdministrator
param(
    [Parameter(Mandatory = $true)][string]$Package,
    [string]$ProgramFolder = (Join-Path $env:ProgramFiles 'Leakline'),
    [string]$DataFolder = (Join-Path $env:ProgramData 'Leakline')
)
$ErrorActionPreference = 'Stop'

$node = (Get-Command node.exe).Source
$npm = (Get-Command npm.cmd).Source
$tarball = (Resolve-Path -LiteralPath $Package).Path

if (Get-ScheduledTask -TaskName 'Leakline' -ErrorAction SilentlyContinue) {
    Stop-ScheduledTask -TaskName 'Leakline'
}

# Not into the profile of a user: what runs as LocalSystem may be changed by administrators only.
& $npm install --global --prefix $ProgramFolder $tarball
if ($LASTEXITCODE -ne 0) { throw "npm install failed with exit code $LASTEXITCODE" }
$cli = Join-Path $ProgramFolder 'node_modules\leakline\bin\leakline.js'

# Profiles are secrets: the folder is for LocalSystem and administrators alone, by their well-known SIDs.
New-Item -ItemType Directory -Force -Path $DataFolder | Out-Null
& icacls.exe $DataFolder /inheritance:r /grant:r '*S-1-5-18:(OI)(CI)F' '*S-1-5-32-544:(OI)(CI)F' | Out-Null
if ($LASTEXITCODE -ne 0) { throw "icacls failed with exit code $LASTEXITCODE" }

$config = Join-Path $DataFolder 'leakline.yml'
if (-not (Test-Path -LiteralPath $config)) {
    @'
# Every field: docs/configuration.md. A change is taken up within seconds; a broken file is refused and the old one kept.
listen: 127.0.0.1:9464
state:
  dir: state
log:
  file: leakline.log
'@ | Set-Content -LiteralPath $config -Encoding ascii
}
& $node $cli serve --check --config $config
if ($LASTEXITCODE -ne 0) { throw "$config is not valid" }

$action = New-ScheduledTaskAction -Execute $node -Argument "`"$cli`" serve --config `"$config`"" -WorkingDirectory $DataFolder
$trigger = New-ScheduledTaskTrigger -AtStartup
$principal = New-ScheduledTaskPrincipal -UserId 'NT AUTHORITY\SYSTEM' -LogonType ServiceAccount -RunLevel Highest
$settings = New-ScheduledTaskSettingsSet -ExecutionTimeLimit ([TimeSpan]::Zero) -MultipleInstances IgnoreNew `
    -RestartCount 999 -RestartInterval (New-TimeSpan -Minutes 1) -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries
Register-ScheduledTask -TaskName 'Leakline' -Description 'Finds memory leaks in Go services' -Force `
    -Action $action -Trigger $trigger -Principal $principal -Settings $settings | Out-Null
Start-ScheduledTask -TaskName 'Leakline'

Write-Output "Leakline runs: http://127.0.0.1:9464/   configuration: $config   log: $(Join-Path $DataFolder 'leakline.1.log')"
