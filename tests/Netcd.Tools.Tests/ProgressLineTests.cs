using System.Globalization;
using Netcd.Tools.Output;

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
