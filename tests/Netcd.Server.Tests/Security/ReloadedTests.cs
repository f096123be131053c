using Microsoft.Extensions.Logging;
using Netcd.Server.Security;

namespace Netcd.Server.Tests.Security;

/// <summary>Files that are read again when they change, good versions and bad ones.</summary>
public sealed class ReloadedTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly List<(LogLevel Level, string Text)> lines = [];

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_bad_version_leaves_the_one_before_in_use_with_one_warning_until_a_good_one_comes()
    {
        Reloaded<string> content = Open("1");
        Assert.Equal("1", content.Value);
        foreach (string bad in (string[])["", "garbage", "?"])
        {
            lines.Clear();
            Write(bad);
            Assert.Equal(["1", "1", "1"], [content.Value, content.Value, content.Value]);
            (LogLevel level, string text) = Assert.Single(lines);
            Assert.Equal(LogLevel.Warning, level);
            Assert.Contains("keeping those from before", text, StringComparison.Ordinal);
        }

        lines.Clear();
        Write("2");
        Assert.Equal(["2", "2"], [content.Value, content.Value]);
        Assert.Equal(LogLevel.Information, Assert.Single(lines).Level);
    }

    [Fact]
    public void A_file_that_is_gone_or_a_folder_leaves_the_version_before_in_use()
    {
        Reloaded<string> content = Open("1");
        File.Delete(folder.At("file"));
        Assert.Equal(["1", "1"], [content.Value, content.Value]);
        Assert.Equal(LogLevel.Warning, Assert.Single(lines).Level);
        Write("3");
        Assert.Equal("3", content.Value);
    }

    [Fact]
    public void Many_readers_at_once_read_a_change_once()
    {
        int loads = 0;
        Write("1");
        Reloaded<string> content = new([folder.At("file")], () => $"{Interlocked.Increment(ref loads)}", new Notes(lines));
        Write("22");
        Parallel.For(0, 64, _ => Assert.Equal("2", content.Value));
        Assert.Equal(2, loads);
    }

    /// <summary>Takes digits; fails on others as a certificate's reader does, and on a question mark as nobody foresaw.</summary>
    private Reloaded<string> Open(string text)
    {
        Write(text);
        string path = folder.At("file");
        return new Reloaded<string>([path], () => Read(path), new Notes(lines));
    }

    private static string Read(string path) => PemFile.Read(path) switch
    {
        "?" => throw new InvalidOperationException("a bug"),
        ['0' or '1' or '2' or '3', ..] text => text,
        _ => throw new TlsFileException("no digit"),
    };

    /// <summary>A new file in the place of the old one, later by a second for file systems that count no shorter times.</summary>
    private void Write(string text)
    {
        string path = folder.At("file");
        DateTime time = File.Exists(path) ? File.GetLastWriteTimeUtc(path) : DateTime.UtcNow;
        File.WriteAllText(path + ".new", text);
        File.SetLastWriteTimeUtc(path + ".new", time.AddSeconds(1));
        File.Move(path + ".new", path, overwrite: true);
    }

    private sealed class Notes(List<(LogLevel Level, string Text)> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (lines)
            {
                lines.Add((logLevel, formatter(state, exception)));
            }
        }
    }
}
