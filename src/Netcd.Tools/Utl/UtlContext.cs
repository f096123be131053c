using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Netcd.Engine.Hashing;
using Netcd.Storage.Disk;
using Netcd.Tools.CommandLine;
using Netcd.Tools.Output;

namespace Netcd.Tools.Utl;

/// <summary>What the commands on files work with.</summary>
internal sealed class UtlContext(ToolConsole console, TextFlag format)
{
    public IDisk Disk { get; } = PhysicalDisk.Instance;

    public TextWriter Output => console.Output;

    public TextWriter Errors => console.Errors;

    public ILogger Log { get; } = new ToolLog(console.Errors, TimeProvider.System);

    public HashSeed Seed { get; } = HashSeed.Draw(RandomNumberGenerator.GetInt32);

    /// <summary>How answers are written.</summary>
    /// <exception cref="CommandFailure">The flag names no format.</exception>
    public OutputFormat Format => OutputFlag.Read(format);
}
