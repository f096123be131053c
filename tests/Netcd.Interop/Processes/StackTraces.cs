using System.Collections.Concurrent;
using System.Reflection;
using System.Text.RegularExpressions;
using Xunit.v3;

[assembly: Netcd.Interop.Processes.NoStackTraces]
[assembly: AssemblyFixture(typeof(Netcd.Interop.Processes.StackTraces))]

namespace Netcd.Interop.Processes;

/// <summary>
/// Looks through what each server of netcd has logged in its life. Nothing that a client does may put a stack trace there: that is for
/// faults of netcd's own. A test whose server has logged one fails; so does the whole run for servers that several tests share.
/// </summary>
public sealed partial class StackTraces : IDisposable
{
    private const string Shared = "";

    private static readonly ConcurrentQueue<(string Test, string Line)> Found = new();

    /// <summary>Notes the lines of a server's log that hold a stack trace; etcd's are its own affair.</summary>
    internal static void Look(string program, string log)
    {
        if (program != NetcdProgram.Path)
        {
            return;
        }

        foreach (string line in log.Split('\n').Where(static line => Frame().IsMatch(line)))
        {
            Found.Enqueue((TestContext.Current.Test?.UniqueID ?? Shared, line));
        }
    }

    /// <summary>Fails where the servers of a test have logged a stack trace.</summary>
    internal static void AssertNone(string test)
    {
        string[] lines = [.. Found.Where(found => found.Test == test).Select(static found => found.Line)];
        Assert.True(lines.Length == 0, $"{lines.Length} lines of the log hold a stack trace:\n{string.Join('\n', lines.Take(20))}");
    }

    public void Dispose() => AssertNone(Shared);

    /// <summary>A line of a stack trace as .NET writes it, by itself or within a JSON text.</summary>
    [GeneratedRegex(@"(^|\\n|\\r)\s+at [\w.<>`]+\.[\w.<>`|]+(\[.*\])?\(")]
    private static partial Regex Frame();
}

/// <summary>Looks after each test whether its servers have logged a stack trace.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class NoStackTracesAttribute : BeforeAfterTestAttribute
{
    public override void After(MethodInfo methodUnderTest, IXunitTest test) => StackTraces.AssertNone(test.UniqueID);
}
