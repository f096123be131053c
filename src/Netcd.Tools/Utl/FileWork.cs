using System.Text.Json;
using Netcd.Engine.Offline;
using Netcd.Storage.Bolt;
using Netcd.Storage.Disk;
using Netcd.Tools.CommandLine;

namespace Netcd.Tools.Utl;

/// <summary>Work on files, whose failures become one line for the operator.</summary>
internal static class FileWork
{
    /// <summary>Does it.</summary>
    /// <exception cref="CommandFailure">It failed; nothing that was there is lost.</exception>
    public static T Do<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception failure) when (IsOfFiles(failure))
        {
            throw new CommandFailure(ExitCodes.Failure, Explain(failure));
        }
    }

    /// <summary>Whether a failure says that files are not as they should be, or not to be had.</summary>
    public static bool IsOfFiles(Exception failure) =>
        failure is OfflineException or IOException or UnauthorizedAccessException or InvalidDataException or BoltFormatException
            or JsonException or FormatException;

    /// <summary>A failure in a line.</summary>
    public static string Explain(Exception failure) => failure switch
    {
        DiskLockedException locked => $"{locked.Path} is in use by a running member: stop it first",
        IOException full when DiskErrors.IsDiskFull(full) => "no space left on device: " + full.Message,
        _ => failure.Message,
    };
}
