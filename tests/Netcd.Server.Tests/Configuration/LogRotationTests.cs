using System.IO.Compression;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Netcd.Server.Configuration;

namespace Netcd.Server.Tests.Configuration;

/// <summary>The file of the log makes room for a new one, no line is lost or split, and old files go as they are told to.</summary>
public sealed class LogRotationTests : IDisposable
{
    /// <summary>A line of which ten fill the smallest file.</summary>
    private const int LineLength = 100 * 1024;

    private readonly TemporaryFolder folder = new();
    private readonly FakeTimeProvider clock = new(new DateTimeOffset(2026, 3, 1, 23, 30, 0, 125, TimeSpan.Zero));

    public LogRotationTests() => clock.SetLocalTimeZone(TimeZoneInfo.CreateCustomTimeZone("east", TimeSpan.FromHours(2), "east", "east"));

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("""{"maxsize":7,"maxage":3,"maxbackups":2,"localtime":true,"compress":true}""", 7, 3, 2, true)]
    [InlineData("""{"MaxSize":1,"other":"x","maxage":null}""", 1, 0, 0, false)]
    [InlineData("{}", 100, 0, 0, false)]
    [InlineData("null", 100, 0, 0, false)]
    public void Its_settings_are_read_as_by_etcd(string json, int megabytes, int days, int backups, bool isSwitchedOn)
    {
        LogRotation rotation = LogRotation.Parse(json);
        Assert.Equal(
            (megabytes << 20, (long)days, (long)backups, isSwitchedOn, isSwitchedOn),
            (rotation.MaxBytes, rotation.MaxAgeDays, rotation.MaxBackups, rotation.IsLocalTime, rotation.IsCompressed));
    }

    [Theory]
    [InlineData("", "improperly formatted log rotation config: ")]
    [InlineData("maxsize", "improperly formatted log rotation config: ")]
    [InlineData("""{"maxsize": 1""", "improperly formatted log rotation config: ")]
    [InlineData("[]", "invalid log rotation config: ")]
    [InlineData("""{"maxsize":"1"}""", "invalid log rotation config: ")]
    [InlineData("""{"maxage":1.5}""", "invalid log rotation config: ")]
    [InlineData("""{"maxbackups":-1}""", "invalid log rotation config: ")]
    [InlineData("""{"maxsize":99999999999999999999}""", "invalid log rotation config: ")]
    [InlineData("""{"compress":1}""", "invalid log rotation config: ")]
    public void Settings_that_make_no_sense_end_the_start(string json, string message)
    {
        ConfigurationResult result = Load.Arguments(
            "--enable-log-rotation", "--log-outputs", folder.At("a.log"), "--log-rotation-config-json", json);
        Assert.Null(result.Options);
        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith(message, result.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("default")]
    [InlineData("stdout")]
    [InlineData("a.log,b.log")]
    public void It_needs_exactly_one_file(string outputs) => Load.Refused(
        Load.Arguments("--enable-log-rotation", "--log-outputs", outputs),
        1,
        "--log-outputs requires a single file path when --log-rotate-config-json is defined");

    [Fact]
    public void Without_its_switch_there_is_none() =>
        Assert.Null(Load.Options("--log-outputs", folder.At("a.log"), "--log-rotation-config-json", "nonsense").LogRotation);

    [Fact]
    public async Task No_line_is_lost_or_split_and_old_files_have_the_time_in_their_names()
    {
        await WriteAsync(new LogRotation(1, 0, 0, IsLocalTime: false, IsCompressed: false), lines: 35);
        Assert.Equal(
            ["etcd-2026-03-01T23-30-00.135.log", "etcd-2026-03-01T23-30-00.145.log", "etcd-2026-03-01T23-30-00.155.log", "etcd.log"],
            Names());
        Assert.Equal(Enumerable.Range(0, 35).Select(Line), Names().SelectMany(name => File.ReadLines(folder.At(name))));
        Assert.All(Names(), name => Assert.True(new FileInfo(folder.At(name)).Length <= 1 << 20));
    }

    [Fact]
    public async Task Only_so_many_old_files_are_kept_and_files_of_other_names_are_not_touched()
    {
        string[] others = ["etcd-.log", "etcd-2026.log", "etcd-2026-03-01T23-30-00.125.txt", "other-2020-03-01T23-30-00.125.log"];
        foreach (string other in others)
        {
            File.WriteAllText(folder.At(other), "");
        }

        await WriteAsync(new LogRotation(1, 0, 2, IsLocalTime: true, IsCompressed: false), lines: 55);
        string[] own = [.. Names().Except(others)];
        Assert.Equal(3, own.Length);
        Assert.All(own[..2], static name => Assert.StartsWith("etcd-2026-03-02T01-30-00.1", name, StringComparison.Ordinal));
        Assert.Equal(Enumerable.Range(30, 25).Select(Line), own.SelectMany(name => File.ReadLines(folder.At(name))));
    }

    [Fact]
    public async Task Files_that_are_too_old_are_deleted_compressed_or_not()
    {
        string[] old = ["etcd-2026-02-26T22-00-00.000.log", "etcd-2026-02-26T22-00-00.000.log.gz"];
        string[] young = ["etcd-2026-02-27T00-00-00.000.log.gz"];
        foreach (string file in old.Concat(young))
        {
            File.WriteAllText(folder.At(file), "");
        }

        await WriteAsync(new LogRotation(1, 3, 0, IsLocalTime: false, IsCompressed: false), lines: 1);
        Assert.Equal([.. young, "etcd.log"], Names());
    }

    [Fact]
    public async Task Old_files_are_compressed()
    {
        await WriteAsync(new LogRotation(1, 0, 0, IsLocalTime: false, IsCompressed: true), lines: 15);
        Assert.Equal(["etcd-2026-03-01T23-30-00.135.log.gz", "etcd.log"], Names());
        using StreamReader reader = new(new GZipStream(File.OpenRead(folder.At(Names()[0])), CompressionMode.Decompress));
        string[] unpacked = (await reader.ReadToEndAsync(TestContext.Current.CancellationToken)).Split('\n')[..^1];
        Assert.Equal(Enumerable.Range(0, 15).Select(Line), unpacked.Concat(File.ReadLines(folder.At("etcd.log"))));
    }

    [Fact]
    public async Task A_file_from_before_is_gone_on_with()
    {
        await WriteAsync(new LogRotation(1, 0, 0, IsLocalTime: false, IsCompressed: false), lines: 4);
        await WriteAsync(new LogRotation(1, 0, 0, IsLocalTime: false, IsCompressed: false), lines: 9);
        Assert.Equal(2, Names().Length);
        Assert.Equal(10, File.ReadLines(folder.At(Names()[0])).Count());
    }

    [Fact]
    public void Where_a_new_file_cannot_begin_the_old_one_goes_on()
    {
        string below = Directory.CreateDirectory(folder.At("below")).FullName;
        using RotatingLogFile log = new(
            Path.Combine(below, "etcd.log"), new LogRotation(1, 0, 0, IsLocalTime: false, IsCompressed: false), clock);
        Directory.Delete(below, recursive: true);
        for (int i = 0; i < 30; i++)
        {
            log.WriteLine(Line(i));
        }
    }

    [Fact]
    public void A_new_file_begins_once_it_can_where_the_old_one_was_moved_and_none_could_be_opened()
    {
        using RotatingLogFile log = new(folder.At("etcd.log"), new LogRotation(1, 0, 0, IsLocalTime: false, IsCompressed: false), clock);
        File.Move(folder.At("etcd.log"), folder.At("moved.log"));
        Directory.CreateDirectory(folder.At("etcd.log"));
        for (int i = 0; i < 12; i++)
        {
            log.WriteLine(Line(i));
        }

        Directory.Delete(folder.At("etcd.log"));
        for (int i = 12; i < 25; i++)
        {
            log.WriteLine(Line(i));
        }

        Assert.Equal(
            Enumerable.Range(0, 25).Select(Line),
            File.ReadLines(folder.At("moved.log")).Concat(File.ReadLines(folder.At("etcd.log"))));
        Assert.NotEmpty(File.ReadLines(folder.At("etcd.log")));
    }

    [Fact]
    public void A_disk_that_takes_no_line_fails_nothing_but_the_log()
    {
        using FullDisk disk = new();
        using ILoggerFactory logging = LogOutput.Create(new LogLevelSwitch(LogLevel.Information), LogFormat.Json, disk);
        ILogger log = logging.CreateLogger("netcd");
        log.LogWarning("lost");
        disk.HasRoom = true;
        log.LogWarning("kept");
        Assert.Contains("kept", Assert.Single(disk.Lines), StringComparison.Ordinal);
    }

    private static string Line(int number) => $"{number:d3} {new string('x', LineLength)}";

    private string[] Names() =>
        [.. Directory.GetFiles(folder.Path).Select(static file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    private async Task WriteAsync(LogRotation rotation, int lines)
    {
        await using RotatingLogFile log = new(folder.At("etcd.log"), rotation, clock);
        for (int i = 0; i < lines; i++)
        {
            log.WriteLine(Line(i));
            clock.Advance(TimeSpan.FromMilliseconds(1));
        }
    }

    private sealed class FullDisk : StringWriter
    {
        public bool HasRoom { get; set; }

        public List<string> Lines { get; } = [];

        public override void WriteLine(string? value)
        {
            if (!HasRoom)
            {
                throw new IOException("No space left on device");
            }

            Lines.Add(value!);
        }
    }
}
