using System.Text;

namespace Netcd.Server.Configuration;

/// <summary>Opens what the log is written to.</summary>
internal static class LogTargets
{
    /// <summary>The output that is journald.</summary>
    public const string Journal = "systemd/journal";

    /// <summary>A writer to all of the outputs; files are appended to.</summary>
    /// <param name="outputs">Names as <c>--log-outputs</c> has them.</param>
    /// <param name="standard">The process's standard output.</param>
    /// <param name="errors">The process's standard error; what the journal does not take goes there too.</param>
    /// <param name="rotation">When a file makes room for a new one; null for never.</param>
    /// <param name="format">What a line looks like.</param>
    /// <exception cref="ConfigurationException">A file cannot be opened.</exception>
    public static TextWriter Open(
        IReadOnlyList<string> outputs, TextWriter standard, TextWriter errors, LogRotation? rotation, LogFormat format = LogFormat.Json)
    {
        TextWriter[] targets = [.. outputs.Select(output => output switch
        {
            "stdout" => standard,
            "default" or "stderr" => errors,
            Journal => new JournalWriter(
                JournalWriter.SocketPath, Path.GetFileNameWithoutExtension(Environment.GetCommandLineArgs()[0]), format, errors),
            _ => OpenFile(output, rotation),
        })];
        return targets.Length == 1 ? targets[0] : new Several(targets);
    }

    /// <summary>Whether an output is a file.</summary>
    public static bool IsFile(string output) => output is not ("default" or "stdout" or "stderr" or Journal);

    private static TextWriter OpenFile(string path, LogRotation? rotation)
    {
        try
        {
            if (rotation is not null)
            {
                return new RotatingLogFile(path, rotation, TimeProvider.System);
            }

            FileStream file = new(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
            return new StreamWriter(file, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { AutoFlush = true };
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new ConfigurationException($"couldn't open sink \"{path}\": {failure.Message}");
        }
    }

    private sealed class Several(IReadOnlyList<TextWriter> targets) : TextWriter
    {
        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value)
        {
            foreach (TextWriter target in targets)
            {
                target.Write(value);
            }
        }

        public override void WriteLine(string? value)
        {
            foreach (TextWriter target in targets)
            {
                target.WriteLine(value);
            }
        }

        public override void Flush()
        {
            foreach (TextWriter target in targets)
            {
                target.Flush();
            }
        }
    }
}
