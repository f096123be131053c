using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Netcd.Storage.Disk;

#pragma warning disable RS0030 // Part of the disk seam.

/// <summary>
/// A few file descriptors that are kept for the time when all others are in use: what has been begun, a segment of the log that has its
/// name
/// but not durably, a snapshot of another member, can then be finished.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal static class SpareDescriptors
{
    private const int Most = 4;
    private const string Nothing = "/dev/null";

    private static readonly Lock Gate = new();
    private static readonly Stack<SafeFileHandle> Spares = new(Most);

    /// <summary>Opens something; where that fails for want of a descriptor, with one that was kept.</summary>
    /// <param name="open">What opens it.</param>
    /// <param name="leave">Spares that are not to be taken: what stays open leaves one for what is closed again at once.</param>
    public static T Open<T>(Func<T> open, int leave)
    {
        Refill();
        while (true)
        {
            try
            {
                return open();
            }
            catch (IOException full) when (DiskErrors.IsOutOfDescriptors(full) && GiveOneUp(leave))
            {
                // There is one now, unless another thread was quicker.
            }
        }
    }

    private static bool GiveOneUp(int leave)
    {
        lock (Gate)
        {
            if (Spares.Count <= leave || !Spares.TryPop(out SafeFileHandle? spare))
            {
                return false;
            }

            spare.Dispose();
            return true;
        }
    }

    private static void Refill()
    {
        lock (Gate)
        {
            try
            {
                while (Spares.Count < Most)
                {
                    Spares.Push(File.OpenHandle(Nothing));
                }
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                // There are too few of them now: the next one that opens a file tries again.
            }
        }
    }
}
