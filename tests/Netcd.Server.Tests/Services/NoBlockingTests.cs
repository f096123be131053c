using System.Text.RegularExpressions;

namespace Netcd.Server.Tests.Services;

/// <summary>The pool is shared by clients and members: nothing may hold a thread of it while it waits (H3).</summary>
public sealed partial class NoBlockingTests
{
    /// <summary>What waits on threads of its own, or looks at what is there already.</summary>
    private static readonly string[] Allowed = ["StageRunner.cs", "ProcessSignals.cs", "ServerProgram.cs", "AuditLog.cs", "SideThread.cs"];

    [Fact]
    public void H3_nothing_in_the_server_blocks_a_thread_of_the_pool()
    {
        string root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "netcd.slnx")))
        {
            root = Path.GetDirectoryName(root)!;
        }

        string sources = Path.Combine(root, "src", "Netcd.Server");
        string[] blocking = [.. Directory.EnumerateFiles(sources, "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .Where(static file => !Allowed.Contains(Path.GetFileName(file)))
            .SelectMany(static file => File.ReadLines(file).Where(static line => Blocking().IsMatch(line))
                .Select(line => $"{Path.GetFileName(file)}: {line.Trim()}"))];
        Assert.Empty(blocking);
    }

    [GeneratedRegex(
        @"GetResult\(\)|\.Wait\(|\.WaitAll\(|\.WaitAny\(|\.WaitOne\(|Thread\.Sleep\(|\.Join\(\)|Task\.Run\(|(?<!read)\.Result\b")]
    private static partial Regex Blocking();
}
