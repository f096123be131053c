using System.Globalization;
using Netcd.Engine.Offline;
using Netcd.Tools.Output;
using Netcd.Tools.Utl;

namespace Netcd.Tools.Tests;

/// <summary>The line that says how far something is, and the screen that is drawn again and again.</summary>
public sealed class ProgressLineTests
{
    [Fact]
    public void It_shows_how_far_it_is_and_goes_away()
    {
        ManualTimers time = new();
        using StringWriter terminal = new(CultureInfo.InvariantCulture);
        using (ProgressLine line = new(terminal, "copying", static () => 100, time))
        {
            line.Report("copying", 512, 1024);
            Assert.Equal("", terminal.ToString());
            time.Fire();
            Assert.Equal("\r\e[Kcopying  50 %  [###############---------------]  512 B of 1.0 kB  0 s", terminal.ToString());
        }

        Assert.EndsWith("0 s\r\e[K", terminal.ToString(), StringComparison.Ordinal);
        time.Fire();
        Assert.EndsWith("0 s\r\e[K", terminal.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void It_counts_other_things_than_bytes_and_makes_room_for_lines()
    {
        ManualTimers time = new();
        using StringWriter terminal = new(CultureInfo.InvariantCulture);
        using ProgressLine line = new(terminal, "copying", static () => 100, time);
        line.MakeRoom();
        Assert.Equal("", terminal.ToString());
        line.Report("copying", 3_000, 4_000, "keys");
        time.Fire();
        line.MakeRoom();
        terminal.Write("3000\n");
        time.Fire();
        const string Drawn = "\r\e[Kcopying  75 %  [######################--------]  3000 of 4000 keys  0 s";
        Assert.Equal(Drawn + "\r\e[K3000\n" + Drawn, terminal.ToString());
    }

    [Fact]
    public void It_is_never_longer_than_the_terminals_line()
    {
        ManualTimers time = new();
        using StringWriter terminal = new(CultureInfo.InvariantCulture);
        using ProgressLine line = new(terminal, "something with a long name", static () => 10, time);
        time.Fire();
        Assert.Equal("\r\e[Ksomething", terminal.ToString());
    }

    [Fact]
    public void What_is_done_at_once_shows_nothing()
    {
        using StringWriter terminal = new(CultureInfo.InvariantCulture);
        new ProgressLine(terminal, "copying", static () => 100, new ManualTimers()).Dispose();
        Assert.Equal("", terminal.ToString());
    }

    [Fact]
    public void Work_on_files_has_a_line_from_its_first_step_until_the_log_has_the_word_again()
    {
        ManualTimers time = new();
        using StringWriter terminal = new(CultureInfo.InvariantCulture);
        using FileProgress progress = new(what => new ProgressLine(terminal, what, static () => 100, time));
        Assert.False(time.HasBegun);
        progress.Show(new OfflineStep("defragmenting", 0, 1024));
        progress.Show(new OfflineStep("defragmenting", 512, 1024));
        time.Fire();
        Assert.StartsWith("\r\e[Kdefragmenting  50 %", terminal.ToString(), StringComparison.Ordinal);
        progress.Show(default);
        Assert.EndsWith("\r\e[K", terminal.ToString(), StringComparison.Ordinal);
        int length = terminal.ToString().Length;
        progress.Show(new OfflineStep("defragmenting", 1024, 1024));
        time.Fire();
        Assert.Equal(length, terminal.ToString().Length);
    }

    [Fact]
    public void Work_on_files_without_a_terminal_has_no_line()
    {
        using FileProgress progress = new(static _ => null);
        progress.Show(new OfflineStep("defragmenting", 512, 1024));
        progress.Show(default);
    }

    [Fact]
    public void A_screen_is_left_as_it_was_found()
    {
        using StringWriter terminal = new(CultureInfo.InvariantCulture);
        using (Screen screen = new(terminal, static () => 5))
        {
            screen.Draw(["short", "too long"]);
        }

        Assert.Equal("\e[?1049h\e[?25l\e[Hshort\e[K\ntoo l\e[K\n\e[J\e[?25h\e[?1049l", terminal.ToString());
    }

    /// <summary>Timers that fire when the test says so.</summary>
    private sealed class ManualTimers : TimeProvider
    {
        private Action? fire;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            fire = () => callback(state);
            return new Timer();
        }

        public bool HasBegun => fire is not null;

        public void Fire() => fire!();

        private sealed class Timer : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
                // It never fires by itself.
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
