using Netcd.Engine.Offline;
using Netcd.Tools.Output;

namespace Netcd.Tools.Utl;

/// <summary>Shows at a terminal how far work on files is. The line goes before the log has the next word.</summary>
/// <param name="begin">Begins a line; gives null where there is no terminal.</param>
internal sealed class FileProgress(Func<string, ProgressLine?> begin) : IDisposable
{
    private ProgressLine? line;
    private bool isOver;

    public FileProgress(UtlContext context)
        : this(what => ProgressLine.For(context.Errors, OutputFormat.Simple, what))
    {
    }

    /// <summary>Shows a step. The first one begins the line: what the log says before has no line to break.</summary>
    public void Show(OfflineStep step)
    {
        if (string.IsNullOrEmpty(step.What))
        {
            Dispose();
        }
        else if (!isOver)
        {
            line ??= begin(step.What);
            line?.Report(step.What, step.Done, step.Total);
        }
    }

    public void Dispose()
    {
        isOver = true;
        line?.Dispose();
    }
}
