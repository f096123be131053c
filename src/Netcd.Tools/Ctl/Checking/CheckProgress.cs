using Netcd.Tools.CommandLine;

namespace Netcd.Tools.Ctl.Checking;

/// <summary>Says on a terminal, and there alone, how far a check is.</summary>
internal sealed class CheckProgress : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly TextWriter errors;
    private readonly Func<string> text;
    private readonly ITimer? timer;

    public CheckProgress(ToolConsole console, Func<string> text)
    {
        errors = console.Errors;
        this.text = text;
        timer = Console.IsErrorRedirected
            ? null
            : TimeProvider.System.CreateTimer(_ => errors.Write("\r" + text()), null, Interval, Interval);
    }

    public void Dispose()
    {
        if (timer is not null)
        {
            timer.Dispose();
            errors.WriteLine("\r" + text());
        }
    }
}
